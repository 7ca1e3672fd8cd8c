# shellcheck shell=sh
# Starts the client in a session of its own, which outlives this connection, unless it runs already. `client` is its text.
: "${client?}" "${expected?}" "${url?}" "${per_second?}" "${for_seconds?}" "${max_seconds?}" "${insecure?}" "${ca_file?}"
. ./state.sh
. ../shared/pinned-host.sh
set -eu
umask 077
fail() { printf '%s\n' "$*" >&2; exit 1; }
for program in curl setsid; do command -v $program > /dev/null || fail "$program is not installed on this host; install it"; done
mkdir -p -- "$keep"
[ "$(client_state)" != running ] || exit 0
pin_host "$url" || fail "$why"
[ -n "$pin" ] || fail "the name in $url has no address"
rm -f -- "$keep/client" "$keep/stop" "$keep/ended" "$keep/requests"
printf '%s\n' "$client" > "$keep/client.sh"
printf 'url=%s\nexpected=%s\nperSecond=%s\n' "$url" "$expected" "$per_second" > "$keep/load"
export keep url per_second for_seconds max_seconds insecure ca_file pin
setsid sh "$keep/client.sh" < /dev/null > /dev/null 2>&1 &
tries=0
until [ -e "$keep/client" ]; do
  tries=$((tries + 1))
  [ $tries -le 100 ] || fail 'the client did not start within 10 s'
  sleep 0.1
done
