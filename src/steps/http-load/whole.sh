# shellcheck shell=sh
# Runs the client to its end, and prints the tally.
. ../shared/pinned-host.sh
: "${url?}" "${expected?}"
set -u
fail() { printf '%s\n' "$*" >&2; exit 3; }
command -v curl > /dev/null || fail 'curl is not installed on this host; install it'
keep=$(mktemp -d) || exit 3
trap 'rm -rf -- "$keep"' EXIT
trap 'exit 1' TERM INT HUP
pin_host "$url" || fail "$why"
[ -n "$pin" ] || fail "the name in $url has no address"
. ./client.sh
. ./tally.sh
tally
