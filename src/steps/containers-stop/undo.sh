# shellcheck shell=sh
# Restores the restart policies, then starts row by row what ran, and waits until each row is healthy (start-containers.sh says how long).
# Leaves containers that others stopped before the step did. Prints `gone=` for containers that do not exist any more; fails
# with a container that does not stay up. `policies` holds `id policy` per line.
: "${keep?}" "${policies?}" "${rows?}" "${restart_only?}"
[ -e "$keep/begun" ] || exit 0
. ../shared/start-containers.sh
. ../shared/stopped-here.sh
end_making
disabled_here() { ! knows_made || is_made "disabled $1"; }
# Of a step that only disables restart, a later step stops the containers.
stopped_here() {
  if [ "$restart_only" = yes ]; then
    printf '%s\n' "$policies" | grep -qxF -e "$1 no" || disabled_here "$1"
  else
    ! knows_made || is_made "stopped $1"
  fi
}
printf '%s\n' "$policies" | while read -r id policy; do
  [ -n "$id" ] || continue
  if gone "$id"; then echo "gone=$id"; continue; fi
  ! disabled_here "$id" || docker update --restart "$policy" "$id" > /dev/null
done
printf '%s\n' "$rows" | while read -r row; do
  set --
  for id in $row; do ! stopped_here "$id" || set -- "$@" "$id"; done
  start_row "$@"
done
rm -f -- "$keep/begun"
