# Rscript figures.R WATCHED RATES
# What R's survival and stats packages say of the data in two CSV files (data.sql), as SQL that fills the tables
# figure_set, repeat_figure, at_figure, quantile_figure, log_rank_figure, rate_figure and wilson_figure. Each figure comes behind the call that gave it.
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

	# Its risk is of those who were watched until the day, its events are those since the day before it in days; behind
	# the longest time it goes on with the last estimate, where there is none.
	days <- c(0, 1, 7, 10, 30, 45, 60, 90, 120, 365)
	s <- summary(fit, times = days, extend = TRUE)
	watched_for <- days <= max(fit$time)
	estimate <- function(x) number(ifelse(watched_for, x, NA))
	interval <- function(x) estimate(ifelse(s$surv == 1, NA, 1 - x))
	cat("-- summary(fit, times = c(", paste(days, collapse = ", "), "), extend = TRUE)\n", sep = "")
	rows <- paste0("\t('", data, "', ", days, ", ", number(s$n.risk), ", ", number(s$n.event), ", ", estimate(1 - s$surv), ", ",
		estimate(s$std.err), ", ", interval(s$upper), ", ", interval(s$lower), ")")
	cat("INSERT INTO at_figure VALUES\n", paste(rows, collapse = ",\n"), ";\n", sep = "")

	# 1 - S at some days as well, where it stays at a value for a while.
	p <- unique(c(0, 0.05, 0.25, 1/3, 0.5, 0.75, 1, head(1 - unique(fit$surv[fit$surv < 1]), 5)))
	q <- quantile(fit, p)
	cat("-- quantile(fit, p)\n")
	rows <- paste0("\t('", data, "', ", sprintf("%.17g", p), ", ", number(q$quantile), ", ", number(q$lower), ", ", number(q$upper), ")")
	cat("INSERT INTO quantile_figure VALUES\n", paste(rows, collapse = ",\n"), ";\n", sep = "")

	# Where everybody at risk has the event at once there is no variance, and survdiff gives up.
	for (k in c(2, 3, 7)) {
		d <- watched[watched$data == data, ]
		d$rest <- d$customer %% k
		test <- if (length(unique(d$rest)) > 1) tryCatch(survdiff(Surv(time, status) ~ rest, d), error = function(e) NULL)
		if (is.null(test) || is.na(test$chisq) || sum(test$exp > 0) < 2)
			next
		df <- sum(test$exp > 0) - 1
		cat("-- survdiff(Surv(time, status) ~ customer %% ", k, ")\n", sep = "")
		rows <- paste0("\t('", data, "', ", k, ", ", sort(unique(d$rest)), ", ", test$n, ", ", test$obs, ", ", number(test$exp), ", ",
			number(test$chisq), ", ", df, ", ", number(pchisq(test$chisq, df, lower.tail = FALSE)), ")")
		cat("INSERT INTO log_rank_figure VALUES\n", paste(rows, collapse = ",\n"), ";\n", sep = "")
	}
}

for (i in seq_len(nrow(rates))) {
	r <- rates[i, ]
	p <- suppressWarnings(prop.test(c(r$x_a, r$x_b), c(r$n_a, r$n_b), correct = FALSE)$p.value)
	cat(sprintf("-- prop.test(c(%d, %d), c(%d, %d), correct = FALSE)$p.value\n", r$x_a, r$x_b, r$n_a, r$n_b))
	cat(sprintf("INSERT INTO rate_figure VALUES (%d, %d, %d, %d, %s);\n", r$x_a, r$n_a, r$x_b, r$n_b, number(p)))
}

# Wilson's: prop.test(x, n, conf.level = confidence, correct = FALSE)$conf.int
for (i in seq_len(nrow(rates))) {
	r <- rates[i, ]
	for (confidence in c(0.01, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999999)) {
		ci <- suppressWarnings(prop.test(r$x_a, r$n_a, conf.level = confidence, correct = FALSE)$conf.int)
		cat(sprintf("INSERT INTO wilson_figure VALUES (%d, %d, %s, %s, %s);\n", r$x_a, r$n_a, number(confidence), number(ci[1]), number(ci[2])))
	}
}

# Tables of two by two: of 1 to 40 baskets with two products, with either and with neither; G2 by hand, direction by others.
set.seed(18)
tables <- c(list(c(5, 5, 5, 5), c(1, 0, 0, 1), c(3, 0, 0, 7), c(1, 9, 9, 81), c(69, 91, 1003, 8672), c(10, 20, 30, 5), c(40, 0, 10, 50),
	c(300, 10, 5, 4000)),
	lapply(1:60, function(i) c(1 + floor(40 * runif(1)^2), floor(300 * runif(3)^3))))
for (k in tables) {
	m <- matrix(k, 2, byrow = TRUE)
	expected <- outer(rowSums(m), colSums(m)) / sum(m)
	side <- sign(k[1] * k[4] - k[2] * k[3])
	g2 <- side * 2 * sum(ifelse(m > 0, m * log(m / expected), 0))
	if (side == 0)
		g2 <- 0
	fisher <- sign(fisher.test(m, alternative = "less")$p.value - fisher.test(m, alternative = "greater")$p.value)
	chisq <- sign(suppressWarnings(chisq.test(m, correct = FALSE))$residuals[1, 1])
	cat(sprintf("INSERT INTO g2_figure VALUES (%d, %d, %d, %d, %s, %s, %s, %s);\n", k[1], k[2], k[3], k[4], number(g2),
		number(pnorm(sign(g2) * sqrt(abs(g2)), lower.tail = FALSE)), number(fisher), number(ifelse(is.nan(chisq) | side == 0, 0, chisq))))
}
