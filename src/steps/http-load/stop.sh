# shellcheck shell=sh
# Tells the client to stop, and waits until it has. Nothing is killed: it looks for the file before every request.
. ./state.sh
set -eu
[ -d "$keep" ] || exit 0
: > "$keep/stop"
tries=0
while [ "$(client_state)" = running ]; do
  tries=$((tries + 1))
  [ $tries -le 300 ] || { echo 'the client did not stop within 60 s' >&2; exit 1; }
  sleep 0.2
done
