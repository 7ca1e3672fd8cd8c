# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# Serves a volume with the plan's image: `start VOLUME SQL OPTION…` starts the container `server`, which begins with these
# statements, and waits; the options are beside those of the step. Where it fails, it sets `problem`. `sql WORD…` is its client,
# as the account `login`. `log_of_server` prints why the server ended.
: "${options?}" "${serve?}"
client='exec "$(command -v mariadb || command -v mysql)" --no-defaults --socket=/tmp/scratch.sock --binary-mode --local-infile=0 --max-allowed-packet=1G --default-character-set=utf8mb4 "$@"'
sql() { docker exec -i "$server" sh -c "$client" client "--user=$login" -N -B "$@"; }
start() {
  served=$1 first_sql=$2
  shift 2
  set -f
  IFS='
'
  # shellcheck disable=SC2046
  set -- "$@" $(printf '%s\n' "$options" | sed -n 's/^[^=]*=/--&/p')
  unset IFS
  set +f
  # A quarter of the memory that is free: most of the time of a load goes into indexes.
  buffer=$(awk '/^MemAvailable:/ { mebibytes = int($2 / 4096); print (mebibytes < 64 ? 64 : mebibytes > 2048 ? 2048 : mebibytes) "M" }' /proc/meminfo)
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no --user 0 \
    --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID --cap-add DAC_OVERRIDE --security-opt no-new-privileges \
    -e "BUFFER=$buffer" -e "INIT=$first_sql" -v "$served:/scratch" --entrypoint sh "$image" -c "$serve" serve "$@" > /dev/null || return
  until sql -e 'select 1' > /dev/null 2>&1; do
    [ "$(docker inspect --format '{{.State.Running}}' "$server")" = true ] || { problem=$(log_of_server); return 1; }
    sleep 0.1
  done
}
log_of_server() { docker logs --tail 50 "$server" 2>&1 | grep -F '[ERROR]' | head -n 2 | sed 's/^.*\[ERROR\]/ERROR:/' | tr '\n' ' ' | grep . || docker logs --tail 3 "$server" 2>&1; }
