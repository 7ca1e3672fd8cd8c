# shellcheck shell=sh
# What a step changes of the containers in `ids`, by the first 12 characters of their ids: that they do not run, that a
# reboot does not start them, that they are gone.
: "${ids?}"
. ./made-here.sh
things() {
  all=$(docker ps -aq --no-trunc) || return
  here=
  for id in $ids; do
    case $all in *"$id"*) here="$here $id" ;; *) echo "gone $id" ;; esac
  done
  [ -n "$here" ] || return 0
  # shellcheck disable=SC2086
  states=$(docker inspect --type container --format '{{.Id}} {{.State.Running}} {{or .HostConfig.RestartPolicy.Name "no"}}' $here) || return
  printf '%s\n' "$states" | while read -r id running policy; do
    id=$(printf %.12s "$id")
    [ "$running" = true ] || echo "stopped $id"
    [ "$policy" != no ] || echo "disabled $id"
  done
}
