# shellcheck shell=sh
# Waits until the requests of the last two seconds were all answered as expected, for at most half a minute.
: "${expected?}" "${per_second?}"
. ./state.sh
set -u
tries=0
while state=$(client_state) && [ "$state" = running ] && [ $tries -lt 60 ]; do
  right=$(awk -v expected="$expected" '{ right = $4 == 0 && $5 == expected ? right + 1 : 0 } END { print right + 0 }' "$keep/requests") || right=0
  [ "$right" -lt $((per_second * 2)) ] || { printf 'right=%s\n' "$right"; exit 0; }
  tries=$((tries + 1))
  sleep 0.5
done
printf 'state=%s\nlast=%s\n' "$state" "$(tail -n 1 -- "$keep/requests" 2> /dev/null)"
