#!/bin/bash
# Rules of a time zone that change under a tracked table, in a copy of the server that has a copy of the zones: what is
# kept by the old ones is not used by who has the new ones, nor the other way round.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ "${1:-}" != inside ]; then
	. test/lib/postgres.sh
	. test/lib/copy.sh
	work=$(mktemp -d)
	chmod 755 "$work"
	ZONES=
	trap 'rm -rf "$work" "${ZONES:-$work}"' EXIT
	copy_server "$work"
	system=$("$PG_CONFIG" --configure | sed -n "s/.*--with-system-tzdata=\([^' ]*\).*/\1/p")
	if [ -n "$system" ]; then
		# a name of the same length, in the program itself
		x=$(printf '%*s' $((${#system} - 5)) '' | tr ' ' X)
		[ ${#x} -ge 3 ] && ZONES=$(mktemp -d "/tmp/$x") || {
			echo "ok - new rules of a time zone # SKIP no name for a copy of $system"
			exit
		}
		cp -r "$system/." "$ZONES"
		LC_ALL=C sed -i "s|$system|$ZONES|g" "$work$("$PG_CONFIG" --bindir)/postgres"
	else
		ZONES=$work$("$PG_CONFIG" --sharedir)/timezone
	fi
	chmod -R a+rX "$ZONES"
	export ZONES
	PG_CONFIG=$work$("$PG_CONFIG" --bindir)/pg_config test/lib/with_cluster.sh "$0" inside
	exit
fi
. test/carried/shop.sh

shop postgres
run postgres -c 'ALTER TABLE orders ALTER amount TYPE numeric(10,2)'
track postgres
add postgres 1 1000
run postgres -c 'CALL retention_fold()'
# A session that has read the old rules, and keeps them.
mkfifo "$work/in" "$work/out"
psql -XqAt -d postgres <"$work/in" >"$work/out" 2>&1 &
exec {in}>"$work/in" {out}<"$work/out"
old() {
	local line
	printf '%s\n\\echo done\n' "$1" >&"$in"
	while read -r line <&"$out" && [ "$line" != done ]; do
		echo "$line"
	done
}
ask="SELECT status, report('require') <> 'not kept', report('on') = report('off') FROM retention_tracked"
is "it is kept" "$(old "$ask;")" "ready|t|t"
before=$(run postgres -c "SELECT md5(report('off'))")
cp "$ZONES/America/New_York" "$work/zone"
mv "$work/zone" "$ZONES/Europe/Sofia"
is "new rules make other reports" "$(run postgres -c "SELECT md5(report('off')) <> '$before'")" t
is "... what is kept is stale then" "$(run postgres -c "$ask")" "stale|f|t"
is "... and says why" "$(run postgres -c "SELECT reason ~ 'rules of the time zone' FROM retention_tracked")" t
is "who has the old rules has the reports of these" "$(old "SELECT md5(report('off')) = '$before'; $ask;" | tr '\n' ' ')" "t ready|t|t "
run postgres -c 'CALL retention_fold()'
is "it is built again by the new ones" "$(run postgres -c "$ask")" "ready|t|t"
is "... which is stale for who has the old ones" "$(old "SELECT md5(report('off')) = '$before'; $ask;" | tr '\n' ' ')" "t stale|f|t "
add postgres 1001 1010
is "... and goes on" "$(run postgres -c "$ask")" "ready|t|t"
# By the old rules it is of the 10th, by the new ones of the 9th.
old "INSERT INTO orders VALUES (2001, 5, '2024-06-10 02:00 UTC', 99);"
is "... also where who has the old ones writes" "$(run postgres -c "SELECT report('require', '2024-06-10') <> 'not kept', report('on', '2024-06-10') = report('off', '2024-06-10'), report('on') = report('off')")" "t|t|t"
run postgres -c 'CALL retention_fold()'
is "... after a fold as well" "$(run postgres -c "SELECT report('require', '2024-06-10') <> 'not kept', report('on', '2024-06-10') = report('off', '2024-06-10'), report('on') = report('off')")|$(run postgres -c "SELECT count(*) FROM retention_verify('orders')")" "t|t|t|0"

# An abbreviation that a session does not know: there reports are an error, but who writes is in the log.
printf 'EST -18000\n' >"$("$PG_CONFIG" --sharedir)/timezonesets/few"
run postgres -c "CREATE TABLE visits (customer int, at timestamptz);
	CREATE INDEX ON visits (customer, at);
	INSERT INTO visits SELECT i % 7, timestamptz '2024-01-01 UTC' + i * interval '7 hours' FROM generate_series(1, 100) i;
	SELECT retention_track('visits', 'customer', 'at', timezone => 'JST');
	CREATE FUNCTION visits(mode text, before date DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM set_config('retention.tracking', mode, true);
		RETURN (SELECT string_agg(r::text, ' ') FROM cohort_retention('visits', 'customer', 'at', timezone => 'JST', as_of => before) r);
	END \$\$" -c "CALL retention_fold('visits')" >/dev/null
few() {
	PGOPTIONS="-c timezone_abbreviations=few" run postgres -c "$1" 2>&1
}
ask="SELECT visits('require') = visits('off'), visits('require', '2024-01-20') = visits('off', '2024-01-20')"
is "by an abbreviation it is kept" "$(run postgres -c "$ask")" "t|t"
is "... where that is unknown it is an error" "$(few "SELECT visits('on')" | grep -c 'unknown time zone: "JST"')" 1
is "... and says so" "$(few "SELECT status, reason FROM retention_tracked WHERE orders = 'visits'::regclass")" \
	"stale|its timezone is not one of this session, or an abbreviation whose offset has changed"
few "INSERT INTO visits VALUES (3, '2024-01-19 14:00 UTC'); DELETE FROM visits WHERE customer = 4"
is "... what is written there is in reports" "$(run postgres -c "$ask" -c "SELECT waiting FROM retention_tracked WHERE orders = 'visits'::regclass" | tr '\n' ' ')" "t|t 2 "
run postgres -c "CALL retention_fold('visits')"
is "... and in what is kept" "$(run postgres -c "$ask" -c "SELECT count(*) FROM retention_verify('visits')" | tr '\n' ' ')" "t|t 0 "
