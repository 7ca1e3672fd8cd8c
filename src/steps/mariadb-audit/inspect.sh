# shellcheck shell=sh
# All that decides whether the audit can be made. Sizes are in bytes.
: "${backup?}" "${image?}" "${volume?}"
. ../shared/mariadb-data.sh
set -u
docker info > /dev/null || exit
facts_of() {
  printf '%s=there\n' "$1"
  find_data "$2"
  printf '%sProblem=%s\n' "$1" "$problem"
  [ -z "$data" ] || printf 'needed=%s\n' "$(du -sB1 -- "$data" | cut -f 1)"
}
[ ! -d "$backup" ] || facts_of backup "$backup"
if at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume" 2> /dev/null); then
  facts_of volume "$at"
  docker ps --filter "volume=$volume" --format 'usedBy={{.Names}}'
fi
! docker image inspect "$image" > /dev/null 2>&1 || echo image=there
root=$(docker info --format '{{.DockerRootDir}}')
printf 'free=%s\n' "$(df -B1 --output=avail -- "$root/volumes" | tail -n 1 | tr -d ' ')"
