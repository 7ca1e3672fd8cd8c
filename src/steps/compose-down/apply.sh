# shellcheck shell=sh
# Saves what an undo needs, stops the containers last to first, keeps as images what they wrote outside volumes, and removes
# them by id: a container that others started meanwhile stays, and verify fails. `rows` holds the containers to stop; those
# of one row stop in parallel.
: "${keep?}" "${files?}" "${directory?}" "${env_files?}" "${ids?}" "${rows?}" "${kept_image?}" "${owner?}"
: "${networks?}" "${scratch?}"
. ../shared/container-data.sh
. ../shared/stopped-here.sh
set -eu
umask 077
there() {
  error=$(docker inspect --type container --format x "$1" 2>&1) && return
  case $error in *[Nn]"o such container"*) return 1 ;; *) printf '%s\n' "$error" >&2; exit 2 ;; esac
}
set --; for id in $ids; do if there "$id"; then set -- "$@" "$id"; fi; done
mkdir -p -- "$keep"
begin_making
trap end_making EXIT
if [ ! -e "$keep/begun" ]; then
  rm -rf -- "$keep/part" "$keep/project"
  mkdir -- "$keep/part"
  index=0
  printf '%s\n' "$files" | while IFS= read -r file; do
    cp -- "$file" "$keep/part/file-$index"
    index=$((index + 1))
  done
  index=0
  printf '%s\n' "${env_files:-$directory/.env}" | while IFS= read -r file; do
    [ ! -f "$file" ] || cp -- "$file" "$keep/part/env-$index"
    index=$((index + 1))
  done
  : > "$keep/part/hashes"; : > "$keep/part/volumes"; : > "$keep/part/unnamed"
  for id; do docker container inspect --format 'container {{.Id}} {{.Name}}' "$id"; done > "$keep/part/identities"
  for net in $networks; do docker network inspect --format 'network {{.Id}} {{.Name}}' "$net" 2> /dev/null || :; done >> "$keep/part/identities"
  if [ $# -gt 0 ]; then
    docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$@" | sort -u > "$keep/part/hashes"
    docker inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}
{{end}}{{end}}' "$@" | grep . | sort -u > "$keep/part/volumes" || :
    for id; do unnamed_volumes "$id"; done > "$keep/part/unnamed"
  fi
  mv -T -- "$keep/part" "$keep/project"
  : > "$keep/begun"
  sync -f -- "$keep"
fi
stop_row() {
  for name; do there "$name" || continue; docker stop "$name" > /dev/null & done
  wait
}
# shellcheck disable=SC2086
printf '%s\n' "$rows" | while read -r row; do stop_row $row; done
for id; do
  there "$id" || continue
  # A running container is never removed, whatever its stop in a row returned.
  [ "$(docker inspect --format '{{.State.Running}}' "$id")" = false ] || { echo "container $id did not stop" >&2; exit 1; }
  keep_layer "$id"
  # An undo of a scratch project does not mount its volumes without a name again: those that hold nothing go.
  with_volumes=
  if [ "$scratch" = yes ] && [ -z "$(unnamed_volumes "$id")" ]; then with_volumes=-v; fi
  # shellcheck disable=SC2086
  docker rm $with_volumes "$id" > /dev/null
done
for net in $networks; do
  [ -n "$(docker network ls -q --filter "name=^$net$")" ] || continue
  [ -n "$(docker ps -aq --filter "network=$net")" ] || docker network rm "$net" > /dev/null
done
