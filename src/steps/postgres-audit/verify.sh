# shellcheck shell=sh
# shellcheck disable=SC2154
# Serves a scratch copy of the backup, reads both sides at the same time, each database in one snapshot, and checks the
# indexes of the other side. Prints numbers and differences, or `broken=SIDE|REASON` for a side that cannot be read.
: "${backup?}" "${restored?}" "${tables?}" "${databases?}" "${may_differ?}" "${wanted?}" "${other?}"
: "${globals_sql?}" "${content_sql?}" "${index_sql?}" "${remarks_sql?}" "${compare?}"
: "${session?}" "${relations?}" "${objects?}" "${rows?}" "${globals?}"
. ../shared/postgres-scratch.sh
. ../shared/postgres-server.sh
. ../shared/live-rows.sh
set -u
export LC_ALL=C PGOPTIONS='-c default_transaction_read_only=on'
export MAY_DIFFER="$may_differ" WANTED="$wanted" OTHER="$other"
scratch_begin
printf %s "$globals_sql" > "$work/globals.sql"
printf '%s\n' "$session" "$content_sql" > "$work/content.sql"
printf %s "$index_sql" > "$work/index.sql"
printf %s "$remarks_sql" > "$work/remarks.sql"
if [ -z "$restored" ]; then
  find_server || report_problem
  there=$server install=0
else
  scratch_unused "$restored" '; name that container instead'
  scratch_side there "$at"
  there=$server install=1
fi
scratch_side backup "$backup"
backup=$server
echo 'progress=reads both sides'
content() {
  list=$databases
  [ -n "$list" ] || list=$(sql "$2" -d postgres -c 'select datname from pg_database where datallowconn and not datistemplate order by 1' < /dev/null) || return
  [ "$1" = backup ] || printf '%s\n' "$list" > "$work/databases"
  {
    sql "$2" -d postgres -v "tables=$tables" -v "databases=$databases" -v "globals=$globals" < "$work/globals.sql" || return
    printf '%s\n' "$list" | while IFS= read -r database; do
      sql "$2" -d "$database" -v "tables=$tables" -v "relations=$relations" -v "objects=$objects" -v "rows=$rows" < "$work/content.sql" || exit
    done
  } > "$work/$1"
}
content backup "$backup" 2> "$work/backup.err" & side=$!
content there "$there" 2> "$work/there.err" || there=
wait "$side" || broken backup "$(why "$work/backup.err")"
if [ -z "$there" ]; then
  reason=$(why "$work/there.err")
  [ -n "$restored" ] || [ "$(sql "$server" -d postgres -c 'select rolsuper from pg_roles where rolname = current_user' < /dev/null 2> /dev/null)" = t ] ||
    reason="$reason. The step connects as role $user, which is no superuser there; name one in user:"
  broken there "$reason"
fi
awk "$compare" "$work/backup" "$work/there" || exit 3
printf 'databases=%s\n' "$(grep -c . "$work/databases")"
awk -F '\t' '$2 == "table" { print $1 "\t" $3 "\t" $5 }' "$work/backup" > "$work/tables"
DATABASES=$databases live_rows "$work/tables"
echo 'progress=checks the indexes'
while IFS= read -r database; do
  # What the server says at every connection is no defect of an index.
  sql "$there" -d "$database" < "$work/remarks.sql" > "$work/remarks" 2> "$work/connect.err" || broken there "$(why "$work/connect.err")"
  if [ -s "$work/remarks" ]; then cat "$work/remarks"; else grep . "$work/connect.err" | head -n 1 | cut -c 1-300 | sed 's/^/remark=/'; fi
  sql "$there" -d "$database" -v "install=$install" -v ON_ERROR_STOP=0 -v VERBOSITY=terse < "$work/index.sql" > "$work/indexes" 2> "$work/index.err" ||
    broken there "$(why "$work/index.err")"
  printf 'indexes=%s\n' "$(grep -c '^index' "$work/indexes")"
  ! grep -q '^unchecked' "$work/indexes" || printf 'unchecked=%s\n' "$database"
  # Terse, without notices: one line per error, in any language.
  grep . "$work/index.err" | grep -vxF -f "$work/connect.err" | sed 's/^/badIndex=/' | cut -c 1-300 | head -n 10
done < "$work/databases"
exit 0
