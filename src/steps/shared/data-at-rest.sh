# shellcheck shell=sh
# shellcheck disable=SC2154
# Prints whether a backup, and a restored volume or path where one is named, can be served from scratch copies. Sizes are in bytes. What
# includes this includes the `find_data` of a database first.
: "${backup?}" "${image?}" "${restored?}"
. ./restored-place.sh
set -u
docker info > /dev/null || exit
facts_of() {
  printf '%s=there\n' "$1"
  find_data "$2"
  printf '%sProblem=%s\n' "$1" "$problem"
  [ -z "$data" ] || printf 'needed=%s\n' "$(du -sB1 -- "$data" | cut -f 1)"
  [ ! -f "$data/PG_VERSION" ] || printf '%sVersion=%s\n' "$1" "$(cat "$data/PG_VERSION")"
}
[ ! -d "$backup" ] || facts_of backup "$backup"
if [ -n "$restored" ] && restored_at "$restored"; then
  facts_of restored "$at"
  restored_users "$restored" | sed 's/^/usedBy=/'
fi
env=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" 2> /dev/null) && echo image=there
printf 'imageMajor=%s\n' "$(printf '%s\n' "${env:-}" | sed -n 's/^PG_MAJOR=//p')"
root=$(docker info --format '{{.DockerRootDir}}')
printf 'free=%s\n' "$(df -B1 --output=avail -- "$root/volumes" | tail -n 1 | tr -d ' ')"
