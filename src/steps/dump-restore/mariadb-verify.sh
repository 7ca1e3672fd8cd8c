# shellcheck shell=sh
# shellcheck disable=SC2154
# Compares the volume with the dump: with a second dump, of a scratch copy of the volume. Prints numbers and differences, or
# `broken=SIDE|REASON`. Rows are compared as they stand; those that differ once more, sorted, and with strings in hexadecimal:
# the dump may have been made in another order, or with --hex-blob. With PASSWORD, the account has to log in.
: "${volume?}" "${database?}" "${user?}" "${sums?}" "${compare?}"
. ./dump.sh
. ../shared/mariadb-data.sh
. ../shared/scratch-servers.sh
. ./mariadb-server.sh
. ../shared/live-rows.sh
set -u
export LC_ALL=C
scratch_fails='does not start on a copy of it'
# The dump may have set every password. Not --skip-grant-tables, which hides events. The account is in memory only: the tables
# are compared.
login=reinstate_scratch
scratch_start() {
  server=$scratch_id-$1
  start "$server" "create user $login@localhost;
grant all on *.* to $login@localhost with grant option;" && sql -e "delete from mysql.global_priv where user = '$login'"
}
scratch_begin
hold_dump
before=$(identity)
restored=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || broken there "volume $volume does not exist"
scratch_side there "$restored"
names=$(plain "$held" 2> /dev/null | head -n 100 | tr -d '\000' | sed -n 's/^\(\/\*!40101 \)\{0,1\} *SET NAMES \([A-Za-z0-9]*\).*/\2/p' | head -n 1)
second_dump() { # OPTION…
  docker exec "$server" sh -c 'exec "$(command -v mariadb-dump || command -v mysqldump)" --no-defaults --socket=/tmp/scratch.sock --max-allowed-packet=1G "$@"' dump \
    "--user=$login" --all-databases --single-transaction "--default-character-set=${names:-utf8mb4}" "$@"
}
sum_rows() { # SIDE ONLY: from stdin
  mkdir -p "$work/$1.sums"
  awk -v "database=$database" -v "sums=$work/$1.sums" -v "only=$2" "$sums"
}
of_dump() { { plain "$held" || echo "$dump cannot be read any more" >&2; } | sum_rows dump "$1"; }
of_volume() { only=$1; shift; { second_dump "$@" || echo 'mariadb-dump failed' >&2; } | sum_rows volume "$only"; }
checked() { [ ! -s "$work/$1.err" ] || broken "$1" "$(why "$work/$1.err")"; }
echo 'progress=compares the dump with a second one of the volume'
of_dump '' > "$work/dump" 2> "$work/backup.err" & side=$!
of_volume '' --routines --events > "$work/volume" 2> "$work/there.err"
wait "$side"
checked backup
checked there
awk "$compare" "$work/dump" "$work/volume" > "$work/compared" || exit 3
sed -n 's/^unequal=//p' "$work/compared" > "$work/unequal"
if [ -s "$work/unequal" ]; then
  echo 'progress=compares tables whose rows differ once more, sorted'
  only=$(sed 's/\\/\\\\/g' "$work/unequal" | awk '{ printf "\\n%s\\n", $0 }')
  of_dump "$only" > "$work/dump.rows" 2> "$work/backup.err" & side=$!
  of_volume "$only" --no-create-info --skip-triggers > "$work/volume.rows" 2> "$work/there.err"
  of_volume "$only" --no-create-info --skip-triggers --hex-blob >> "$work/volume.rows" 2>> "$work/there.err"
  wait "$side"
  checked backup
  checked there
  grep -Fxv -f "$work/volume.rows" "$work/dump.rows" | cut -f 2 | sort -u > "$work/differ"
  head -n 10 "$work/differ" | cut -c 1-280 | sed 's/^/difference=the rows of table /; s/$/ are not those of the dump/'
  printf 'sortedTables=%s\n' "$(($(grep -c . "$work/unequal") - $(grep -c . "$work/differ")))"
fi
grep -v '^unequal=' "$work/compared"
[ "$(identity)" = "$before" ] || fail "the dump $dump was written to while it was compared"
# A row as a table holds it: no statement tells how many there are.
sql -r -e "set session group_concat_max_len = 100000000; select group_concat(concat('select count(*) from \`', replace(table_schema, '\`', '\`\`'), '\`.\`', replace(table_name, '\`', '\`\`'), '\`') separator ' union all ') from information_schema.tables where table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and table_schema not in ('mysql', 'sys', 'information_schema', 'performance_schema')" > "$work/count.sql" 2> "$work/there.err"
checked there
: > "$work/counts"
grep -q '^NULL$' "$work/count.sql" || sql < "$work/count.sql" > "$work/counts" 2> "$work/there.err"
checked there
awk '{ rows += $1; tables++ } END { printf "rows=%.0f\ntables=%d\n", rows, tables }' "$work/counts"
if [ -n "$live_service" ]; then
  # The copy equals the dump.
  { printf '%s\n' "$live_sql" | sed 's/UNTIL/9999999999/' | sql -r > "$work/tables.sql" && sql < "$work/tables.sql" > "$work/tables"; } 2> "$work/there.err" ||
    broken there "$(why "$work/there.err")"
  DATABASES=$database live_rows "$work/tables"
fi
if [ -n "$PASSWORD" ]; then
  MYSQL_PWD=$PASSWORD docker exec -e MYSQL_PWD "$server" sh -c 'exec "$(command -v mariadb || command -v mysql)" --no-defaults --socket=/tmp/scratch.sock "$@" -e "select 1"' client "--user=$user" ${database:+"--database=$database"} > /dev/null 2> "$work/err" ||
    printf 'difference=account %s cannot log in with the password of the plan: %s\n' "$user" "$(why "$work/err")"
fi
exit 0
