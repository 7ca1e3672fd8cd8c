# shellcheck shell=sh
# Restores the restart policies, then starts row by row what ran, and waits at most a minute per row until it is healthy.
# Prints `gone=` for containers that do not exist any more; fails with a container that does not stay up.
: "${keep?}" "${policies?}" "${rows?}"
[ -e "$keep/begun" ] || exit 0
. ../shared/start-containers.sh
printf '%s\n' "$policies" | while read -r id policy; do
  [ -n "$id" ] || continue
  if gone "$id"; then echo "gone=$id"; else docker update --restart "$policy" "$id" > /dev/null; fi
done
# shellcheck disable=SC2086
printf '%s\n' "$rows" | while read -r row; do start_row $row; done
rm -f -- "$keep/begun"
