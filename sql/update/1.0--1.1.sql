-- What has changed since 1.0 in functions that 1.0 had.

-- Those of the Makefile's CHANGED_FUNCTIONS take one more argument, or return one more column. DROP and CREATE would
-- fail as long as a view calls one, and lose the privileges granted on it. So they are created under another name,
-- retention_new_periods for periods, and copied from there, as scripts of contrib do (intarray--1.1--1.2.sql): calls that
-- views have stored lack the new argument, for which the planner takes the default, as for any other that was left out;
-- and they know of so many columns as there were.

UPDATE pg_catalog.pg_proc AS old SET prosrc = new.prosrc, pronargs = new.pronargs, pronargdefaults = new.pronargdefaults,
	proargtypes = new.proargtypes, proallargtypes = new.proallargtypes, proargmodes = new.proargmodes,
	proargnames = new.proargnames, proargdefaults = new.proargdefaults
FROM pg_catalog.pg_proc AS new, (VALUES
	('periods(retention_summary, integer, date)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_periods'::pg_catalog.regproc::pg_catalog.oid),
	('cohorts(retention_summary, date)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_cohorts'::pg_catalog.regproc::pg_catalog.oid),
	('retention_curve(retention_summary, date)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_retention_curve'::pg_catalog.regproc::pg_catalog.oid),
	('order_ladder(retention_summary, integer)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_order_ladder'::pg_catalog.regproc::pg_catalog.oid),
	('cohort_retention(regclass, name, name, text, name, name, name, text, date)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_cohort_retention'::pg_catalog.regproc::pg_catalog.oid),
	('customer_churn(regclass, name, name, text, name, name, name, text, date, integer)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_customer_churn'::pg_catalog.regproc::pg_catalog.oid),
	('repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_repeat_purchase'::pg_catalog.regproc::pg_catalog.oid),
	('retention_summaries(regclass, name, name, text, name, name, name, text, date)'::pg_catalog.regprocedure::pg_catalog.oid, 'retention_new_retention_summaries'::pg_catalog.regproc::pg_catalog.oid)) AS pair (old, new)
WHERE old.oid OPERATOR(pg_catalog.=) pair.old AND new.oid OPERATOR(pg_catalog.=) pair.new
	-- not what somebody has put where the extension's function was before it was moved to another schema
	AND EXISTS (SELECT FROM pg_catalog.pg_depend d, pg_catalog.pg_extension e
		WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
			AND d.objid OPERATOR(pg_catalog.=) old.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
			AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
			AND d.refobjid OPERATOR(pg_catalog.=) e.oid AND e.extname OPERATOR(pg_catalog.=) 'retention');

DROP FUNCTION retention_new_periods;
DROP FUNCTION retention_new_cohorts;
DROP FUNCTION retention_new_retention_curve;
DROP FUNCTION retention_new_order_ladder;
DROP FUNCTION retention_new_cohort_retention;
DROP FUNCTION retention_new_customer_churn;
DROP FUNCTION retention_new_repeat_purchase;
DROP FUNCTION retention_new_retention_summaries;

-- See 05-scan.sql.
ALTER FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, text) SUPPORT retention_agg_support;
ALTER FUNCTION retention_agg_transfn(internal, anyelement, timestamp, text) SUPPORT retention_agg_support;
ALTER FUNCTION retention_agg_transfn(internal, anyelement, date, text) SUPPORT retention_agg_support;
ALTER FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, numeric, text) SUPPORT retention_agg_support;
ALTER FUNCTION retention_agg_transfn(internal, anyelement, timestamp, numeric, text) SUPPORT retention_agg_support;
ALTER FUNCTION retention_agg_transfn(internal, anyelement, date, numeric, text) SUPPORT retention_agg_support;

-- All comments follow; one on a function that has not got the argument fails.
