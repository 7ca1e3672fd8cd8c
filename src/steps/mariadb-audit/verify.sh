# shellcheck shell=sh
# shellcheck disable=SC2154
# Serves scratch copies of both sides, reads both, and checks the volume's tables. Prints numbers and differences, or
# `broken=SIDE|REASON` for a side that cannot be read.
: "${backup?}" "${restored?}" "${rows_sql?}" "${definitions_sql?}" "${checks_sql?}" "${compare?}"
. ../shared/mariadb-scratch.sh
. ../shared/live-rows.sh
set -u
export LC_ALL=C
scratch_begin
printf %s "$rows_sql" > "$work/rows.sql"
printf %s "$definitions_sql" > "$work/definitions.sql"
printf %s "$checks_sql" > "$work/checks.sql"
scratch_unused "$restored"
scratch_side there "$at"
there=$server
scratch_side backup "$backup"
backup=$server
echo 'progress=reads both sides'
content() {
  for what in rows definitions; do
    # Raw, without escapes: the client reads the output again.
    sql "$2" -r < "$work/$what.sql" > "$work/$1.$what.sql" && sql "$2" < "$work/$1.$what.sql" || return
  done > "$work/$1"
}
content backup "$backup" 2> "$work/backup.err" & side=$!
content there "$there" 2> "$work/there.err" || there=
wait "$side" || broken backup "$(why "$work/backup.err")"
[ -n "$there" ] || broken there "$(why "$work/there.err")"
awk "$compare" "$work/backup" "$work/there" || exit 3
# Its own tables of users and statistics are no rows of an application.
awk -F '\t' '$1 == "rows" && $2 !~ /^mysql\./ { print "\t" $2 "\t" $3 }' "$work/backup" > "$work/tables"
live_rows "$work/tables"
echo 'progress=checks the tables'
sql "$there" -r < "$work/checks.sql" > "$work/todo.sql" 2> "$work/check.err" && sql "$there" < "$work/todo.sql" > "$work/checks" 2> "$work/check.err" ||
  broken there "$(why "$work/check.err")"
printf 'checked=%s\n' "$(grep -c '	status	OK$' "$work/checks")"
# The last line of a table is its state; a warning before the state OK is a remark.
awk -F '\t' '
  { lines[$1] = lines[$1] ($3 == "note" || $3 == "status" && $4 == "OK" ? "" : $0 "\n"); passed[$1] = $3 == "status" && $4 == "OK" || $3 == "note" }
  END { for (name in lines) {
    n = split(lines[name], line, "\n")
    for (i = 1; i < n && i <= 10; i++) { gsub(/\t/, " ", line[i]); print (passed[name] ? "remark=" : "bad=") substr(line[i], 1, 300) }
  } }' "$work/checks" | head -n 10
exit 0
