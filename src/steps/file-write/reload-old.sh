# shellcheck shell=sh
# Makes the running containers of the service read the old file again, unless this step never wrote one. Fails where it does not
# pass the test: the service then still works with the file of the step.
. ./read-by.sh
. ./in-service.sh
set -eu
umask 077
[ -e "$keep/reload" ] || exit 0
ids=$(running)
# shellcheck disable=SC2086
for words in "$test" "$run"; do
  why=$(in_each "$words" $ids) && continue
  printf '%s\nthe old %s is back; service %s still works with the one of the step\n' "$why" "$path" "$service" >&2
  exit 1
done
# shellcheck disable=SC2086
[ -z "$ids" ] || [ ! -f "$path" ] || record $ids
rm -f -- "$keep/reload"
