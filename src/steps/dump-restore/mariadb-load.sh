# shellcheck shell=sh
# shellcheck disable=SC2154
# Makes a new server in the volume, with the database and the account of the step, and loads the dump into it. The client stops
# at the first error, and ignores commands for the client in the dump (--binary-mode). passwords.sh comes before this
# script. Prints `progress=` with the bytes of the dump that are read.
: "${database?}" "${user?}"
. ./fill.sh
. ./mariadb-server.sh
set -eu
export LC_ALL=C
fill_begin
stop() {
  docker stop -t 86400 "$server" > /dev/null
  code=$(docker inspect --format '{{.State.ExitCode}}' "$server")
  [ "$code" = 0 ] || fail "the server ended with $code: $(log_of_server)"
  docker rm -v "$server" > /dev/null
}
text() { printf %s "$1" | sed "s/[\\\\']/\\\\&/g; 1s/^/'/; \$s/\$/'/"; }
# A dump with --databases or --all-databases makes its own, with their character sets.
into=$database
if plain "$held" 2> /dev/null | head -n 100 | grep -qE '^(CREATE DATABASE|USE) '; then into=; fi
accounts() {
  [ -z "$into" ] || printf 'create database `%s`;\n' "$into"
  if [ -n "$user" ]; then
    printf "create user \`%s\`@'%%' identified by %s;\n" "$user" "$(text "$PASSWORD")"
    [ -z "$database" ] || printf "grant all on \`%s\`.* to \`%s\`@'%%';\n" "$(printf %s "$database" | sed 's/_/\\_/g')" "$user"
  fi
  [ -z "$ROOT_PASSWORD" ] || {
    printf "alter user root@localhost identified via unix_socket or mysql_native_password using password(%s);\n" "$(text "$ROOT_PASSWORD")"
    printf "create user root@'%%' identified by %s;\n" "$(text "$ROOT_PASSWORD")"
    echo "grant all on *.* to root@'%' with grant option;"
  }
}
# What the statement at a line is about. Rows are not printed.
object_at() {
  plain "$held" 2> /dev/null | awk -v "line=$1" '
    NR <= line && match($0, /^(INSERT|CREATE|ALTER|REPLACE|DROP|GRANT|SET|LOCK|UNLOCK|USE)[A-Z ]*(`[^`]*`)?/) { found = substr($0, 1, RLENGTH) }
    NR == line { print found; exit }'
}
# The first error of the client. The server quotes the text of a statement, which may hold rows. A dump switches unique_checks
# off: InnoDB then sorts the rows of a new table, and finds a key that is there twice at the end.
said() { grep -m 1 '^ERROR' "$work/err" | sed "s/ near '.*//; s/Got error 1 .*during COMMIT/a row has a key of another row/" | cut -c 1-300 | grep . || echo 'the client ended without a message'; }
report() {
  line=$(sed -n 's/^ERROR .* at line \([0-9]*\).*/\1/p' "$work/err" | head -n 1)
  [ -z "$line" ] || object=$(object_at "$line")
  fail "the dump $dump was not loaded, and the volume is empty again: ${object:+$object: }$(said)"
}
server=$scratch_id-load login=root
start "$volume" '' || fail "a new server of $image does not start: ${problem:-}"
accounts | sql 2> "$work/err" || fail "the new server was not prepared: $(said)"
# The shell and the program that unpacks share one place in the file.
exec 7< "$held"
watch() { while sleep 2 > /dev/null; do sed -n 's/^pos:[[:space:]]*/progress=/p' "/proc/$$/fdinfo/7"; done; }
watch & watcher=$!
unpacker=$(packing_of "$held")
loaded=$({ { ${unpacker:-cat} ${unpacker:+-dc} <&7 2> "$work/unpack" || : > "$work/broken"; } | sql ${into:+"$into"} > /dev/null 2> "$work/err" || echo no; })
kill "$watcher" 2> /dev/null || :
exec 7<&-
[ -z "$loaded" ] || report
[ ! -e "$work/broken" ] || fail "the dump $dump cannot be unpacked whole: $(tail -n 1 "$work/unpack"); the volume is empty again"
# A dump of all databases holds the system tables of the server that was dumped.
its=$(sql -e 'select version()' | sed 's/-.*//')
was=$(plain "$held" 2> /dev/null | head -n 30 | sed -n 's/^-- Server version[[:space:]]*\([0-9.]*\).*/\1/p' | head -n 1)
stop
if [ -n "$was" ] && [ "$was" != "$its" ]; then
  start "$volume" '' --skip-grant-tables || fail "the server of $image does not start with the loaded data: ${problem:-}"
  docker exec "$server" sh -c 'exec "$(command -v mariadb-upgrade || command -v mysql_upgrade)" --no-defaults --socket=/tmp/scratch.sock --upgrade-system-tables --force' > "$work/err" 2>&1 ||
    fail "the system tables of the dump cannot be brought to the version of $image: $(tail -n 1 "$work/err")"
  stop
fi
fill_end
