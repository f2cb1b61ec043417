-- What figures.R fills.

CREATE TEMP TABLE figure_set (data text);
CREATE TEMP TABLE repeat_figure (data text, days int, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability float8, std_error float8, ci_low float8, ci_high float8);
CREATE TEMP TABLE rate_figure (x_a bigint, n_a bigint, x_b bigint, n_b bigint, p_value float8);
CREATE TEMP TABLE wilson_figure (successes bigint, size bigint, confidence float8, ci_low float8, ci_high float8);
-- At days that need have no event, and where a share of the customers is reached.
CREATE TEMP TABLE at_figure (data text, days int, n_risk bigint, n_event bigint,
	repeat_probability float8, std_error float8, ci_low float8, ci_high float8);
CREATE TEMP TABLE quantile_figure (data text, p float8, days float8, ci_low float8, ci_high float8);
-- The customers in k groups, by the rest of their number divided by k.
CREATE TEMP TABLE log_rank_figure (data text, k int, rest int, customers bigint, events bigint, expected float8, chi2 float8, df int, p_value float8);
-- Baskets with two products, with the one, the other, neither; whether they go together by fisher.test and chisq.test: 1, 0, -1.
CREATE TEMP TABLE g2_figure (k11 int, k12 int, k21 int, k22 int, g2 float8, p_value float8, fisher int, chisq int);
