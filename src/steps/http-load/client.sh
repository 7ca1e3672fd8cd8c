# shellcheck shell=sh
# shellcheck disable=SC2154
# An open-loop client: a request starts at its time, whatever became of the earlier ones. Times are hundredths of a second of
# uptime, which a change of the clock does not affect. Writes a line per request to $keep/requests: number, time due, time of
# the end, exit code of curl, status, seconds, error. Ends after `for_seconds` or once $keep/stop exists; then it waits for the
# last answers and writes $keep/ended: reason, begin, end, requests due, requests left out, and begin and end of the clock.
# `pin` is for curl --resolve; HEADERS in the environment are lines of a curl configuration, which no argument list shows.
: "${url?}" "${per_second?}" "${for_seconds?}" "${max_seconds?}" "${insecure?}" "${ca_file?}"
now() {
  read -r up _ < /proc/uptime
  part=${up#*.}
  now=$((${up%.*} * 100 + ${part#0}))
}
request() {
  number=$1 due=$2
  shift 2
  answer=$(curl "$@" 2>&1 <<END
${HEADERS-}
END
) && code=0 || code=$?
  now
  last=${answer##*
} why=
  [ "$code" = 0 ] || why=${answer%%
*}
  printf '%s %s %s %s %s %s\n' "$number" "$due" "$now" "$code" "$last" "$why" >> "$keep/requests"
}
set -- -q -sS --globoff --noproxy '*' --proto =http,https --max-time "$max_seconds" --max-filesize 67108864 -K - \
  -o /dev/null -w '\n%{http_code} %{time_total}' --resolve "$pin"
[ "$insecure" != yes ] || set -- "$@" --insecure
[ -z "$ca_file" ] || set -- "$@" --cacert "$ca_file"
set -- "$@" -- "$url"
: > "$keep/requests"
from=$(date +%s)
now
begin=$now due_count=0 left_out=0 reason=expired
while :; do
  due=$((begin + due_count * 100 / per_second))
  [ $due -lt $((begin + for_seconds * 100)) ] || break
  [ ! -e "$keep/stop" ] || { reason=stopped; break; }
  # The run was cleaned.
  [ -d "$keep" ] || exit 0
  now
  if [ $now -lt $due ]; then
    hundredths=$(((due - now) % 100 + 100))
    sleep "$(((due - now) / 100)).${hundredths#1}"
    continue
  fi
  due_count=$((due_count + 1))
  # A host that stood still does not catch up: these requests would be one burst.
  if [ $((now - due)) -gt 100 ]; then left_out=$((left_out + 1)); continue; fi
  # In a subshell of its own, which ends at once: this shell would keep a record of every child.
  (request "$due_count" "$due" "$@" &)
done
now
end=$now until=$(date +%s)
while [ "$(grep -c '' "$keep/requests")" -lt $((due_count - left_out)) ] && [ $now -lt $((end + max_seconds * 100 + 200)) ]; do
  sleep 0.1
  now
done
echo "$reason $begin $end $due_count $left_out $from $until" > "$keep/ended.part"
mv -f -- "$keep/ended.part" "$keep/ended"
