# shellcheck shell=sh
# `scratch_forget FILTER` removes the containers and volumes that it names. An engine that is being restarted is waited for,
# a minute at most; then the script ends with 3 and the engine's words, and is asked anew, which clears first.
# `scratch_leave FILTER` does that for a script that ends: in a session of its own, for one that is stopped gets TERM every
# second, and KILL in the end.
forget_scratch='
tries=0
until unremoved=$({ containers=$(docker ps -aq --filter "$1") && volumes=$(docker volume ls -q --filter "$1") &&
  { [ -z "$containers" ] || docker rm -fv $containers; } && { [ -z "$volumes" ] || docker volume rm -f $volumes; }; } 2>&1 > /dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { printf "%s\n" "what was made for the audit cannot be removed: $unremoved" >&2; exit 3; }
  sleep 1
done'
scratch_forget() { sh -c "$forget_scratch" sh "$1" || exit 3; }
scratch_leave() { trap '' TERM INT HUP; setsid -w sh -c "$forget_scratch" sh "$1" || exit 3; }
