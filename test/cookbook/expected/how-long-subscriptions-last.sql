-- The recipe has dates of the fixed shop.
WITH life AS (
    SELECT plan, coalesce(ends_on, '2025-01-15') - starts_on AS days, ends_on IS NOT NULL AS ended FROM subscriptions
), step AS (            -- Kaplan and Meier: of those who had run so long, the share that did not end then
    SELECT e.plan, e.days, count(*) FILTER (WHERE l.days = e.days AND l.ended)::float8 AS ends, count(*)::float8 AS at_risk
    FROM (SELECT DISTINCT plan, days FROM life WHERE ended) e JOIN life l ON l.plan = e.plan AND l.days >= e.days
    GROUP BY e.plan, e.days
), survival AS (        -- s, and Greenwood's variance of log(s)
    SELECT p.plan, asked, (SELECT count(*) FROM life WHERE life.plan = p.plan AND days >= asked) AS at_risk,
           coalesce(exp(sum(ln(1 - ends / nullif(at_risk, ends)))), 1) AS s,
           sum(ends / (at_risk * (at_risk - ends))) AS variance
    FROM (SELECT DISTINCT plan FROM life) p CROSS JOIN unnest('{30,90,180,365}'::int[]) asked
    LEFT JOIN step ON step.plan = p.plan AND days <= asked
    GROUP BY p.plan, asked
)
SELECT plan, asked, at_risk, round(100 * (1 - s)::numeric, 1),
       round(100 * (1 - s ^ exp(-1.959963984540054 * sqrt(variance) / abs(ln(nullif(s, 1)))))::numeric, 1),
       round(100 * (1 - s ^ exp(1.959963984540054 * sqrt(variance) / abs(ln(nullif(s, 1)))))::numeric, 1)
FROM survival
ORDER BY plan, asked;
