# Rscript figures.R WATCHED RATES
# What R's survival and stats packages say of the data in two CSV files (data.sql), as SQL that fills the tables
# figure_set, repeat_figure and rate_figure. Each figure comes behind the call that gave it.
suppressMessages(library(survival))

files <- commandArgs(trailingOnly = TRUE)
watched <- read.csv(file(files[1], raw = TRUE)) # raw: may be a pipe
rates <- read.csv(file(files[2], raw = TRUE))

number <- function(x) ifelse(is.na(x), "NULL", sprintf("%.15g", x))

cat(sprintf("-- Of R %s with survival %s, by figures.R.\n", getRversion(), packageVersion("survival")))
for (data in unique(watched$data)) {
	cat(sprintf("-- survfit(Surv(time, status) ~ 1, watched[watched$data == \"%s\", ], conf.type = \"log-log\")\n", data))
	cat(sprintf("INSERT INTO figure_set VALUES ('%s');\n", data))
	fit <- survfit(Surv(time, status) ~ 1, watched[watched$data == data, ], conf.type = "log-log")
	s <- summary(fit) # only the days of events; its std.err is of S, that of fit of log S
	if (length(s$time) == 0)
		next
	# The n.censor of a summary counts back to the event before; the extension's from this event to the next.
	censored <- tapply(fit$n.censor, factor(findInterval(fit$time, s$time), seq_along(s$time)), sum)
	rows <- paste0("\t('", data, "', ", number(s$time), ", ", number(s$n.risk), ", ", number(s$n.event), ", ",
		number(censored), ", ", number(1 - s$surv), ", ", number(s$std.err), ", ", number(1 - s$upper), ", ",
		number(1 - s$lower), ")")
	cat("INSERT INTO repeat_figure VALUES\n", paste(rows, collapse = ",\n"), ";\n", sep = "")
}

for (i in seq_len(nrow(rates))) {
	r <- rates[i, ]
	p <- suppressWarnings(prop.test(c(r$x_a, r$x_b), c(r$n_a, r$n_b), correct = FALSE)$p.value)
	cat(sprintf("-- prop.test(c(%d, %d), c(%d, %d), correct = FALSE)$p.value\n", r$x_a, r$x_b, r$n_a, r$n_b))
	cat(sprintf("INSERT INTO rate_figure VALUES (%d, %d, %d, %d, %s);\n", r$x_a, r$n_a, r$x_b, r$n_b, number(p)))
}
