# shellcheck shell=sh
# The containers and networks of the project, and which containers run; of a scratch project also its volumes, each by the inode
# and the birth of its directory, which a mount does not cover.
: "${project?}" "${scratch?}"
. ../shared/made-here.sh
things() {
  containers=$(docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False --format '{{.ID}} {{.State}}') || return
  docker network ls --no-trunc --filter "label=com.docker.compose.project=$project" --format 'network {{.ID}}' || return
  printf '%s\n' "$containers" | while read -r id state; do
    [ -n "$id" ] || continue
    echo "container $id"
    case $state in running | restarting) echo "running $id" ;; esac
  done
  [ "$scratch" != yes ] || volumes
}
volumes() {
  found=$(docker volume ls --filter "label=com.docker.compose.project=$project" --filter driver=local --format '{{.Name}} {{.Mountpoint}}') || return
  printf '%s\n' "$found" | while read -r volume at; do
    [ -z "$volume" ] || echo "volume $volume $(stat -c %i.%.W -- "${at%/*}")"
  done
}
