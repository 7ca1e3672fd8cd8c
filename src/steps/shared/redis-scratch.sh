# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# A copy of a data directory in its own volume, served by the plan's image without network, configuration and persistence,
# over its socket only. `options` holds a setting per line, `name=value`, that the data needs. `scratch_start SIDE` starts and waits until all is loaded, and sets `server`;
# where the server does not start it sets `problem` and fails. `ask SERVER WORDS` is its client.
: "${options?}"
. ./redis-data.sh
. ./scratch-servers.sh
scratch_fails='does not load a copy of it'
# As a replica of nobody: it neither drops keys that have expired since, nor expires more. A log that breaks off is an error.
# Version 6 always answers DEBUG, and does not know the setting. The official image has its modules in that directory.
serve='server=$(command -v redis-server || command -v valkey-server || command -v keydb-server) || { echo "FATAL the image has no server of Redis"; exit 1; }
case $("$server" --version) in *v=[1-6].*) ;; *) set -- --enable-debug-command local "$@" ;; esac
for module in /usr/local/lib/redis/modules/*.so; do [ ! -e "$module" ] || set -- --loadmodule "$module" "$@"; done
[ ! -e /scratch/appendonlydir ] && [ ! -e /scratch/appendonly.aof ] && log=no || log=yes
exec "$server" --dir /scratch --port 0 --unixsocket /tmp/scratch.sock --save "" --appendonly "$log" --aof-load-truncated no --auto-aof-rewrite-percentage 0 --replicaof 127.0.0.1 1 --daemonize no "$@"'
client='exec "$(command -v redis-cli || command -v valkey-cli || command -v keydb-cli)" -s /tmp/scratch.sock "$@"'
scratch_start() {
  server=$scratch_id-$1
  settings=$(printf '%s\n' "$options" | sed -n 's/^\([^=]*\)=\(.*\)$/--\1\n\2/p')
  set -f
  IFS='
'
  # shellcheck disable=SC2086
  set -- $settings
  unset IFS
  set +f
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no --user 0 \
    -v "$server:/scratch" --entrypoint sh "$image" -c "$serve" serve "$@" > /dev/null || return
  scratch_wait first_complaints has_loaded
}
has_loaded() { [ "$(ask "$server" ping 2> /dev/null)" = PONG ]; }
first_complaints() { grep -iE 'fatal|error|bad|unexpected|can.t|truncat' | head -n 2 | sed 's/^.* [#*] //'; }
ask() { in=$1; shift; docker exec -i "$in" sh -c "$client" client "$@"; }
