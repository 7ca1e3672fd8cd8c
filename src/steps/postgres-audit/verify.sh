# shellcheck shell=sh
# Serves a scratch copy of the backup, reads both sides at the same time, each in one snapshot to a database, and checks the
# other side's indexes. Prints numbers and differences, or `broken=` and which side could not be read, and why.
: "${backup?}" "${volume?}" "${tables?}" "${databases?}" "${may_differ?}" "${wanted?}" "${other?}"
: "${content_sql?}" "${index_sql?}" "${compare?}"
. ../shared/postgres-scratch.sh
. ../shared/postgres-server.sh
set -u
umask 077
export LC_ALL=C PGOPTIONS='-c default_transaction_read_only=on'
export MAY_DIFFER="$may_differ" WANTED="$wanted" OTHER="$other"
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; scratch_end' EXIT
trap 'exit 1' TERM INT HUP
printf %s "$content_sql" > "$work/content.sql"
printf %s "$index_sql" > "$work/index.sql"
scratch_clear
if [ -z "$volume" ]; then
  find_server || tell_problem
  there=$server install=0
else
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || broken there "volume $volume is not there"
  using=$(docker ps --filter "volume=$volume" --format '{{.Names}}')
  [ -z "$using" ] || broken there "volume $volume is used by container $using; name that container instead"
  scratch_side there "$at"
  there=$server install=1
fi
scratch_side backup "$backup"
backup=$server
echo 'progress=reads both sides'
content() {
  list=$databases
  [ -n "$list" ] || list=$(asked "$2" -d postgres -c 'select datname from pg_database where datallowconn and not datistemplate order by 1' < /dev/null) || return
  printf '%s\n' "$list" | sort > "$work/$1.databases"
  printf '%s\n' "$list" | while IFS= read -r database; do
    asked "$2" -d "$database" -v "tables=$tables" < "$work/content.sql" || exit
  done > "$work/$1"
}
content backup "$backup" 2> "$work/backup.err" & side=$!
content there "$there" 2> "$work/there.err" || there=
wait "$side" || broken backup "$(why "$work/backup.err")"
[ -n "$there" ] || broken there "$(why "$work/there.err")"
awk "$compare" "$work/backup" "$work/there" || exit 3
comm -23 "$work/backup.databases" "$work/there.databases" | sed 's/^/missingDatabase=/'
comm -13 "$work/backup.databases" "$work/there.databases" | sed 's/^/extraDatabase=/'
printf 'databases=%s\n' "$(grep -c . "$work/there.databases")"
echo 'progress=checks the indexes'
while IFS= read -r database; do
  asked "$there" -d "$database" -v "install=$install" -v ON_ERROR_STOP=0 -v VERBOSITY=terse < "$work/index.sql" > "$work/indexes" 2> "$work/index.err" ||
    broken there "$(why "$work/index.err")"
  printf 'indexes=%s\n' "$(grep -c '^index' "$work/indexes")"
  ! grep -q '^unchecked' "$work/indexes" || printf 'unchecked=%s\n' "$database"
  # Terse, and without notices: a line to an error, in whatever language.
  grep . "$work/index.err" | sed 's/^/badIndex=/' | cut -c 1-300 | head -n 10
done < "$work/there.databases"
exit 0
