# shellcheck shell=sh
# Sends GET until `passes` answers in a row are as expected, or until the deadline, and prints the last answer. "$@" are rows of
# how, name and value of the expected headers. Measures time by the uptime, which a change of the clock does not affect.
. ../shared/pinned-host.sh
: "${url?}" "${expected?}" "${mark_header?}" "${mark_value?}" "${body_contains?}" "${compare_body?}"
: "${body_equals?}" "${body_sha256?}" "${follow?}" "${insecure?}" "${ca_file?}"
: "${passes?}" "${every_seconds?}" "${within?}" "${max_seconds?}"
set -u
command -v curl > /dev/null || { echo 'curl is not installed on this host; install it' >&2; exit 3; }
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
body_sum() { sum=$(sha256sum < "$work/body"); printf '%s' "${sum%% *}"; }
header_has() {
  tr -d '\r' < "$work/head" | HOW=$1 NAME=$2 VALUE=$3 awk '
    /^HTTP\// { found = 0; next }
    { at = index($0, ":"); name = substr($0, 1, at - 1); value = substr($0, at + 1); gsub(/^[ \t]+|[ \t]+$/, "", value) }
    tolower(name) != tolower(ENVIRON["NAME"]) { next }
    ENVIRON["HOW"] == "shown" { print value; next }
    ENVIRON["HOW"] == "is" && value == ENVIRON["VALUE"] { found = 1 }
    ENVIRON["HOW"] == "contains" && index(value, ENVIRON["VALUE"]) { found = 1 }
    END { exit !found }'
}
# Compares the marker first: the answer of another stack says nothing about this one.
is_expected() {
  [ -z "$mark_header" ] || header_has is "$mark_header" "$mark_value" || {
    shown=$(header_has shown "$mark_header" '' | head -n 1 | cut -c 1-100)
    why="header $mark_header is missing"
    [ -z "$shown" ] || why="header $mark_header is $shown, not $mark_value"
    # The same container with its old configuration looks like this, too.
    why="not from this run: $why. Another stack answers, or the proxy was not reloaded and has its old configuration"
    return 1
  }
  [ "$status" = "$expected" ] || { why="not $expected"; return 1; }
  while [ $# -gt 0 ]; do
    header_has "$1" "$2" "$3" || {
      why="without $3 in the header $2"
      [ "$1" != is ] || why="without the header $2: $3"
      return 1
    }
    shift 3
  done
  [ -z "$body_contains" ] || grep -qF -e "$body_contains" -- "$work/body" || { why='its body lacks the text of bodyContains'; return 1; }
  [ "$compare_body" != yes ] || printf %s "$body_equals" | cmp -s - "$work/body" || { why='its body differs from bodyEquals'; return 1; }
  [ -z "$body_sha256" ] || [ "$(body_sum)" = "$body_sha256" ] || { why="its body has the sha256 $(body_sum)"; return 1; }
}
# One answer, after at most five redirects where they are followed. Prints the status; exit status 100 is a refusal.
ask() {
  next=$url hops=0
  while :; do
    pin_host "$next" || { printf '%s\n' "$why" >&2; return 100; }
    set -- --max-time "$most" --max-filesize 67108864
    [ -z "$pin" ] || set -- "$@" --resolve "$pin"
    [ "$insecure" != yes ] || set -- "$@" --insecure
    [ -z "$ca_file" ] || set -- "$@" --cacert "$ca_file"
    answer=$(curl -q -sS --globoff --noproxy '*' --proto =http,https "$@" -o "$work/body" -D "$work/head" -w '%{http_code} %{remote_ip} %{redirect_url}' -- "$next") || return
    address=${answer#* } next=${answer#* * }
    ! is_metadata "${address%% *}" || { : > "$work/body"; printf 'the answer came from a metadata address\n' >&2; return 100; }
    [ "$follow" = yes ] && [ -n "$next" ] || break
    hops=$((hops + 1))
    [ $hops -le 5 ] || { printf 'more than 5 redirects\n' >&2; return 47; }
  done
  printf '%s' "${answer%% *}"
}
end=$(($(now) + within)) asked=0 row=0 passed=no
while :; do
  asked=$((asked + 1)) why= code=0
  : > "$work/body"; : > "$work/head"
  # An answer after the deadline does not count.
  most=$((end - $(now)))
  [ "$most" -lt "$max_seconds" ] || most=$max_seconds
  [ "$most" -gt 0 ] || most=1
  status=$(ask 2> "$work/error") || code=$?
  if [ "$code" = 0 ] && is_expected "$@"; then row=$((row + 1)); else row=0; fi
  [ "$code" = 0 ] || why=$(head -n 1 "$work/error")
  [ "$row" -lt "$passes" ] || { passed=yes; break; }
  [ "$code" != 100 ] || break
  [ $(($(now) + every_seconds)) -le "$end" ] || break
  sleep "$every_seconds"
done
printf 'passed=%s\nasked=%s\ncode=%s\nstatus=%s\n' "$passed" "$asked" "$code" "$status"
[ -z "$why" ] || printf 'why=%s\n' "$why"
printf 'sha256=%s\nbody=%s\n' "$(body_sum)" "$(head -c 200 "$work/body" | base64 | tr -d '\n')"
