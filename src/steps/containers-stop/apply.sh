# shellcheck shell=sh
# shellcheck disable=SC2086
# Disables restart, then stops row by row, last to first; `rows` is empty where the step only disables restart. Skips
# containers that others have removed.
: "${keep?}" "${kill_after?}" "${ids?}" "${rows?}"
. ../shared/gone-containers.sh
. ../shared/stopped-here.sh
umask 077
mkdir -p -- "$keep"
begin_making
trap end_making EXIT
: > "$keep/begun"
sync -- "$keep"
# One query per row: visitors wait while this runs.
there() {
  all=$(docker ps -aq --no-trunc) || fail 'the Docker engine does not answer'
  here=
  for id in "$@"; do case $all in *"$id"*) here="$here $id" ;; esac; done
}
stop_row() { there "$@"; [ -z "$here" ] || docker stop -t "$kill_after" $here > /dev/null; }
there $ids
[ -z "$here" ] || docker update --restart no $here > /dev/null
printf '%s\n' "$rows" | while read -r row; do stop_row $row; done
