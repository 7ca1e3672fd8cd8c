# shellcheck shell=sh
# The containers and networks of the project, and which containers run.
: "${project?}"
. ../shared/made-here.sh
things() {
  containers=$(docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False --format '{{.ID}} {{.State}}') || return
  docker network ls --no-trunc --filter "label=com.docker.compose.project=$project" --format 'network {{.ID}}' || return
  printf '%s\n' "$containers" | while read -r id state; do
    [ -n "$id" ] || continue
    echo "container $id"
    case $state in running | restarting) echo "running $id" ;; esac
  done
}
