# shellcheck shell=bash
# To be sourced by run.sh: segments that come and go where there are about as many as have layers of their own (64), and as
# many as have a number (1,000; with more, reports by segment are from scratch).

# come_and_go NUMBER: comparisons of reports of as many segments, some more and some less, those answered from what is kept,
# and differences.
come_and_go() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v number="$1" -v rounds="${TRACKING_ROUNDS:-60}" <<-'SQL'
		SET client_min_messages = warning;
		CREATE TABLE t.many (customer int, at date, amount numeric(10,2), segment text);
		CREATE INDEX ON t.many (customer, at);
		INSERT INTO t.many SELECT i % (2 * :number), date '2024-01-01' + i % 300, i % 50, 's' || i % :number FROM generate_series(1, 4 * :number) i;
		SELECT retention_track('t.many', 'customer', 'at', 'amount', segment => 'segment') IS NULL \g /dev/null
		CALL retention_fold('t.many');
		CREATE TABLE t.told (kept text, scratch text);
		CREATE FUNCTION t.by_segment(mode text, x float8, y float8) RETURNS text LANGUAGE plpgsql STABLE AS $$
		DECLARE
			cut date := CASE WHEN x > 0.3 THEN date '2023-12-30' + floor(x * 310)::int END;
		BEGIN
			PERFORM set_config('retention.tracking', mode, true);
			IF y < 0.5 THEN
				RETURN (SELECT md5(array_agg(r::text)::text) FROM retention_summaries('t.many', 'customer', 'at', 'month', 'amount', segment => 'segment', as_of => cut) r);
			END IF;
			RETURN (SELECT md5(array_agg(r::text)::text) FROM cohort_retention('t.many', 'customer', 'at', 'month', 'amount', segment => 'segment', as_of => cut) r);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			RETURN 'not kept';
		END $$;
		CREATE PROCEDURE t.come_and_go(number int, rounds int) LANGUAGE plpgsql AS $$
		DECLARE
			few int;
			more int;
		BEGIN
			FOR i IN 1 .. rounds LOOP
				few := 1 + floor(random() * 8);
				-- up to some more than the number, of a customer or of two each, and down to some less, whose customers go
				more := number + few - (SELECT count(DISTINCT segment) FROM t.many);
				IF more >= few THEN
					INSERT INTO t.many SELECT 100000 + 5000 * i + j / 2, date '2024-01-01' + floor(random() * 300)::int, j, 'new' || i || '/' || j FROM generate_series(1, more) j;
				ELSE
					DELETE FROM t.many WHERE segment IN (SELECT segment FROM t.many GROUP BY 1 ORDER BY random() LIMIT 2 * few - more);
				END IF;
				-- customers that leave theirs, or were there earlier under another
				UPDATE t.many SET segment = 's' || floor(random() * number) WHERE segment IN (SELECT segment FROM t.many ORDER BY random() LIMIT few);
				INSERT INTO t.many SELECT customer, min(at) - 1, 5, 's' || floor(random() * number * 1.02) FROM t.many GROUP BY customer ORDER BY random() LIMIT few;
				IF random() < 0.3 THEN
					INSERT INTO t.many SELECT j, date '2024-01-01' + j % 300, 3, 's' || j % number FROM generate_series(1, number) j WHERE random() < 0.3;
				END IF;
				COMMIT;
				INSERT INTO t.told SELECT t.by_segment('require', x, y), t.by_segment('off', x, y) FROM (SELECT random() AS x, random() AS y FROM generate_series(1, 4)) v;
				IF random() < 0.7 THEN
					CALL retention_fold('t.many');
				END IF;
				INSERT INTO t.told SELECT t.by_segment('require', x, y), t.by_segment('off', x, y) FROM (SELECT random() AS x, random() AS y FROM generate_series(1, 4)) v;
				COMMIT;
			END LOOP;
		END $$;
		CALL t.come_and_go(:number, :rounds);
		SELECT count(*), count(*) FILTER (WHERE kept <> 'not kept'), count(*) FILTER (WHERE kept IS DISTINCT FROM scratch AND kept IS DISTINCT FROM 'not kept') FROM t.told;
	SQL
}

many() {
	local number compared answered differed
	for number in 64 1000; do
		IFS='|' read -r compared answered differed < <(come_and_go $number) || true
		echo "# $compared comparisons with about $number segments, $answered of them answered from what is kept"
		ok "about $number segments: no difference between kept and from scratch" "$((answered > 0)) $differed" "1 0"
		q "CALL retention_fold('t.many')"
		ok "... retention_verify() finds nothing" "$(q "SELECT count(*) FROM retention_verify('t.many')")" 0
		q "DROP TABLE t.many, t.told; DROP FUNCTION t.by_segment; DROP PROCEDURE t.come_and_go"
	done
}
