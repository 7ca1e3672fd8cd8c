# shellcheck shell=sh
# `scratch_forget FILTER` removes the containers and volumes of the filter. It waits at most a minute for an engine that
# restarts; then the script ends with 3 and the engine's error, and the next call removes them first. `scratch_leave FILTER`
# does that at the end of a script, in its own session: a script that is stopped gets TERM every second, and KILL at last.
forget_scratch='
tries=0
until unremoved=$({ containers=$(docker ps -aq --filter "$1") && volumes=$(docker volume ls -q --filter "$1") &&
  { [ -z "$containers" ] || docker rm -fv $containers; } && { [ -z "$volumes" ] || docker volume rm -f $volumes; }; } 2>&1 > /dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { printf "%s\n" "scratch containers and volumes cannot be removed: $unremoved" >&2; exit 3; }
  sleep 1
done'
scratch_forget() { sh -c "$forget_scratch" sh "$1" || exit 3; }
scratch_leave() { trap '' TERM INT HUP; setsid -w sh -c "$forget_scratch" sh "$1" || exit 3; }
