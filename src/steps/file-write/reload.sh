# shellcheck shell=sh
# Makes the running containers of the service read the new file: `test` in each, then `run` in each. Where one fails, puts the
# old file back, and makes them read that if any of them may have read the new one. Keeps what a later attempt or an undo needs.
. ./read-by.sh
. ./in-service.sh
. ../shared/written-file-originals.sh
set -eu
umask 077
put_back() (
  # shellcheck disable=SC2034
  keeps_originals=yes
. ../shared/written-file-undo.sh
)
# shellcheck disable=SC2086
give_up() {
  back="$path is as it was before the step"
  left=$(put_back | sed -n 's/^left=//p')
  [ -z "$left" ] || back="$path is not as it was before the step: $left"
  [ ! -e "$keep/reload" ] || in_each "$run" $ids > /dev/null || back="$back; the service could not read it again"
  printf '%s\n%s\n' "$1" "$back" >&2
  exit 1
}
ids=$(running) || exit 3
[ -n "$ids" ] || give_up "service $service of project $project does not run, so nothing can read $path"
# shellcheck disable=SC2086
{
  why=$(in_each "$test" $ids) || give_up "$why"
  : > "$keep/reload"
  sync -- "$keep"
  why=$(in_each "$run" $ids) || give_up "$why"
  record $ids
}
