# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154
# Fills the volume with a new server and loads the dump into it, up to the first error. The server has no network, and no
# volume but this one: a dump is a program, and runs as the superuser.
: "${serve?}" "${filter?}" "${directory?}" "${database?}" "${user?}" "${initdb?}" "${options?}" "${jobs?}"
. ./fill.sh
. ./postgres-dump.sh
set -u
export LC_ALL=C DUMP_USER="$user"
fill_begin
format=$(format_of_dump)
loader=$scratch_id-load
sub=$directory
if [ -z "$sub" ]; then
  # Where the image has its data, from the mount point that it declares.
  sub=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" | sed -n 's/^PGDATA=//p')
  for mount in $(docker image inspect --format '{{range $at, $_ := .Config.Volumes}}{{println $at}}{{end}}' "$image"); do
    case $sub in "$mount"/*) sub=${sub#"$mount"/}; break ;; esac
  done
  case $sub in /*) sub= ;; esac
fi
docker run -d --pull never --name "$loader" --label "$scratch" --network none --restart no --user 0 --shm-size 512m \
  --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add SETGID --cap-add SETUID --security-opt no-new-privileges \
  -e PGHOST=/tmp -e "DATA=/volume${sub:+/$sub}" -e DUMP_USER -e "INITDB=$initdb" -e "OPTIONS=$options" \
  -v "$volume:/volume" -e "IDENTITY=$(identity_of_mount)" --mount "$(dump_mount)" --entrypoint sh "$image" -c "$is_held
$serve" > /dev/null || fail "a scratch container of $image does not start"
server_failed() {
  log=$(docker logs --tail 50 "$loader" 2>&1)
  problem=$(printf '%s\n' "$log" | grep -iE 'FATAL|PANIC|ERROR' | tail -n 2 | tr '\n' ' ' | cut -c 1-400)
  fail "the new server of $image $1: ${problem:-$(printf '%s\n' "$log" | grep . | tail -n 1 | cut -c 1-300)}"
}
until docker exec "$loader" pg_isready -q -t 5 > /dev/null 2>&1; do
  [ "$(docker inspect --format '{{.State.Running}}' "$loader")" = true ] || server_failed 'does not start'
  sleep 0.1
done
sql() { docker exec -i -e LC_ALL=C "$loader" psql -X -q -w -v ON_ERROR_STOP=1 -U "$user" "$@"; }
# The server's message without its details, which quote rows: `psql:<stdin>:12: ERROR: …`.
stopped() { # WHAT EXIT-CODE
  if grep -qE '(ERROR|FATAL|PANIC|error): ' "$work/error"; then
    where=$(sed -n 's/^psql:<stdin>:\([0-9]*\): .*\(ERROR\|FATAL\|PANIC\|error\):.*/line \1 of /p' "$work/error" | head -n 1)
    in=$(sed -n 's/^CONTEXT:  \(COPY [^,]*, line [0-9]*\).*/ (\1)/p; s/^pg_restore: from TOC entry \(.*\)/ (TOC entry \1)/p' "$work/error" | head -n 1)
    fail "$where$1: $(grep -E '(ERROR|FATAL|PANIC|error): ' "$work/error" | head -n 1 | sed 's/^psql:<stdin>:[0-9]*: //; s/^pg_restore: //' | cut -c 1-400)$in"
  fi
  [ "$(docker inspect --format '{{.State.Running}}' "$loader" 2> /dev/null)" = true ] || server_failed "stopped while $1 was loaded"
  fail "the load of $1 was interrupted: exit code $2. $(tail -n 1 "$work/error" | cut -c 1-300)"
}
watch_reader() {
  while sleep 1 > /dev/null; do
    sed -n 's/^pos:[[:space:]]*/progress=/p' "/proc/$(cat "$work/reader")/fdinfo/0"
  done 2> /dev/null
}
load_text() { # NAME FILE DATABASE
  unpacker=$(packing_of "$2")
  watch_reader & watch=$!
  # shellcheck disable=SC2086
  { sh -c 'echo $$ > "$0"; exec "$@"' "$work/reader" ${unpacker:-cat} ${unpacker:+-dc} < "$2" 2> "$work/unreadable" || echo $? > "$work/failed"; } |
    awk "$filter" | sql -d "$3" -f - > /dev/null 2> "$work/error" || stopped "$1" $?
  kill "$watch" 2> /dev/null || :
  [ ! -e "$work/failed" ] || fail "$1 cannot be read to its end: $(head -n 1 "$work/unreadable" | cut -c 1-300)"
}
# Its rows can only be loaded between two functions of the extension.
needs_timescale() {
  case $format in
  plain) plain "$held" 2> /dev/null | head -n 1000 | grep -q '^CREATE EXTENSION .*timescaledb' ;;
  *) in_image 'exec pg_restore -l /dump' | grep -q ' EXTENSION - timescaledb' ;;
  esac
}
if [ -n "${PASSWORD:-}" ]; then
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | sql -d postgres -c "\\password \"$user\"" > "$work/error" 2>&1 || stopped 'the password' $?
fi
[ -z "$globals" ] || load_text "$globals" "$held_globals" postgres
into=${database:-postgres}
if [ "$into" != postgres ]; then
  if [ "$format" = plain ] && plain "$held" 2> /dev/null | head -n 200 | grep -q '^CREATE DATABASE '; then into=postgres
  else sql -d postgres -c "create database \"$database\" template template0" > /dev/null 2> "$work/error" < /dev/null || stopped "database $database" $?; fi
fi
timescale=
if needs_timescale; then
  timescale=yes
  sql -d "$into" -c 'create extension if not exists timescaledb' -c 'select timescaledb_pre_restore()' > /dev/null 2> "$work/error" < /dev/null || stopped 'timescaledb_pre_restore()' $?
fi
if [ "$format" = plain ]; then load_text "$dump" "$held" "$into"
else
  several=
  [ "$format" = tar ] || several="-j ${jobs:-$(n=$(nproc); echo $((n > 8 ? 8 : n)))}"
  {
    # shellcheck disable=SC2086
    docker exec -e LC_ALL=C "$loader" pg_restore --exit-on-error --verbose $several -U "$user" -d "$into" /dump 2>&1 > /dev/null || echo $? > "$work/failed"
  } | tee "$work/error" | sed -u -n 's/^pg_restore: \(processing data for table .*\|creating INDEX .*\|creating CONSTRAINT .*\)/progress=\1/p'
  [ ! -e "$work/failed" ] || stopped "$dump" "$(cat "$work/failed")"
fi
if [ -n "$timescale" ]; then
  sql -d "$into" -c 'select timescaledb_post_restore()' > /dev/null 2> "$work/error" < /dev/null || stopped 'timescaledb_post_restore()' $?
fi
method=$(sql -d postgres -A -t -c "select case when exists (select from pg_authid where rolpassword like 'md5%') then 'md5' else 'scram-sha-256' end" < /dev/null) || fail 'the new server does not answer'
docker exec -e "METHOD=$method" "$loader" sh -c 'printf "\nhost all all all %s\n" "$METHOD" >> "$DATA/pg_hba.conf"' || fail "pg_hba.conf cannot be written"
# A fast shutdown, by the server's own user: root has no right to send signals here.
docker exec --user postgres "$loader" sh -c 'kill -INT "$(head -n 1 "$DATA/postmaster.pid")"' || :
[ "$(docker wait "$loader")" = 0 ] || server_failed 'did not stop cleanly'
docker rm -v "$loader" > /dev/null
fill_end
