# shellcheck shell=sh
# Prints what the removal of the containers "$@" (ids) would lose, and what an undo would not bring back as it is.
. ../shared/container-data.sh
set -u
for id; do
  unnamed_volumes "$id" | sed 's/^/unnamed=/'
  name=$(docker inspect --type container --format '{{.Name}}' "$id") || exit 2
  ! wrote "$id" || printf 'wrote=%s\n' "${name#/}"
  docker inspect --type container --format '{{.Image}} {{.Config.Image}}' "$id" | {
    read -r image called
    now=$(docker image inspect --format '{{.Id}}' "$called" 2> /dev/null) || now=
    [ "$now" = "$image" ] || printf 'otherImage=%s %s %s\n' "${name#/}" "$called" "$image"
  }
done
