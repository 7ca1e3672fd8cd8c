# shellcheck shell=sh
# Asks with GET until `passes` answers in a row are right or the time is over, and prints what the last answer was. Time is
# the machine's uptime: a clock that is set meanwhile does not matter.
: "${url?}" "${expected?}" "${mark_header?}" "${mark_value?}" "${body_contains?}" "${compare_body?}"
: "${body_equals?}" "${body_sha256?}" "${resolve?}" "${follow?}" "${insecure?}" "${ca_file?}"
: "${passes?}" "${every_seconds?}" "${within?}" "${max_seconds?}"
set -u
command -v curl > /dev/null || { echo 'curl is not installed on this host; install it' >&2; exit 3; }
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
body_sum() { sum=$(sha256sum < "$work/body"); printf '%s' "${sum%% *}"; }
# Of the last answer only: a redirect on the way to it has headers of its own.
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
# "$@": rows of how, name and value that headers must have. The marker is asked first: whatever else is wrong, the answer of
# another stack says nothing about this one.
right() {
  [ -z "$mark_header" ] || header_has is "$mark_header" "$mark_value" || {
    shown=$(header_has shown "$mark_header" '' | head -n 1 | cut -c 1-100)
    why="answered by another stack: header $mark_header is missing"
    [ -z "$shown" ] || why="answered by another stack: header $mark_header is $shown, not $mark_value"
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
  [ -z "$body_contains" ] || grep -qF -e "$body_contains" -- "$work/body" || { why='but its body does not contain what it should'; return 1; }
  [ "$compare_body" != yes ] || printf %s "$body_equals" | cmp -s - "$work/body" || { why='but its body is another'; return 1; }
  [ -z "$body_sha256" ] || [ "$(body_sum)" = "$body_sha256" ] || { why="but its body has sha256 $(body_sum)"; return 1; }
}
ask() {
  set -- --max-time "$most" --max-filesize 67108864
  [ -z "$resolve" ] || set -- "$@" --resolve "$resolve"
  [ "$follow" != yes ] || set -- "$@" -L --max-redirs 5
  [ "$insecure" != yes ] || set -- "$@" --insecure
  [ -z "$ca_file" ] || set -- "$@" --cacert "$ca_file"
  curl -q -sS --globoff --noproxy '*' --proto =http,https "$@" -o "$work/body" -D "$work/head" -w '%{http_code}' -- "$url"
}
end=$(($(now) + within)) asked=0 row=0 passed=no
while :; do
  asked=$((asked + 1)) why= code=0
  : > "$work/body"; : > "$work/head"
  # No answer is waited for beyond the deadline.
  most=$((end - $(now)))
  [ "$most" -lt "$max_seconds" ] || most=$max_seconds
  [ "$most" -gt 0 ] || most=1
  status=$(ask 2> "$work/said") || code=$?
  if [ "$code" = 0 ] && right "$@"; then row=$((row + 1)); else row=0; fi
  [ "$code" = 0 ] || why=$(head -n 1 "$work/said")
  [ "$row" -lt "$passes" ] || { passed=yes; break; }
  [ $(($(now) + every_seconds)) -le "$end" ] || break
  sleep "$every_seconds"
done
printf 'passed=%s\nasked=%s\ncode=%s\nstatus=%s\n' "$passed" "$asked" "$code" "$status"
[ -z "$why" ] || printf 'why=%s\n' "$why"
printf 'sha256=%s\nbody=%s\n' "$(body_sum)" "$(head -c 900 "$work/body" | base64 | tr -d '\n')"
