import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { lossWords } from './losses.ts'
import type { ProjectRef } from '../shared/compose-command.ts'
import { keptImage } from '../shared/kept-images.ts'

export interface Down {
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly ids: readonly string[]
  readonly services: readonly string[]
  readonly networks: readonly string[]
}

/**
 * Keeps what an undo needs, stops last to first, keeps as images what was written outside volumes, and removes by id:
 * what somebody started meanwhile stays, and verify is red for it.
 */
export function takeDown(
  { file, overrides = [] }: ProjectRef,
  { ran, ids, networks }: Down,
  host: HostView,
): Script {
  const copies = [file, ...overrides].map((path, index) => sh`cp -- ${path} "$keep/part/file-"${index}`)
  return lines(
    sh`
set -eu
umask 077
keep=${host.keepsakes}
there() {
  said=$(docker inspect --type container --format x "$1" 2>&1) && return
  case $said in *[Nn]"o such container"*) return 1 ;; *) printf '%s\\n' "$said" >&2; exit 2 ;; esac
}
set --; for id in ${ids}; do if there "$id"; then set -- "$@" "$id"; fi; done`,
    lossWords,
    sh`
mkdir -p -- "$keep"
if [ ! -e "$keep/begun" ]; then
  rm -rf -- "$keep/part" "$keep/project"
  mkdir -- "$keep/part"`,
    ...copies,
    sh`
  [ ! -f ${`${directoryOf(file)}/.env`} ] || cp -- ${`${directoryOf(file)}/.env`} "$keep/part/env"
  : > "$keep/part/hashes"; : > "$keep/part/volumes"; : > "$keep/part/unnamed"
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
}`,
    ...[...ran].reverse().map((row) => sh`stop_row ${row}`),
    sh`
for id; do
  there "$id" || continue
  name=$(docker inspect --format '{{.Name}}' "$id")
  # Whatever stopping one in a row has said: what runs is never removed.
  [ "$(docker inspect --format '{{.State.Running}}' "$id")" = false ] || { echo "container \${name#/} did not stop" >&2; exit 1; }
  image=${keptImage(host)}:\${name#/}
  if wrote "$id" && ! docker image inspect "$image" > /dev/null 2>&1; then
    docker commit -c ${`LABEL reinstate.mark=${host.mark}`} "$id" "$image" > /dev/null
  fi
  docker rm "$id" > /dev/null
done
for net in ${networks}; do
  [ -n "$(docker network ls -q --filter "name=^$net$")" ] || continue
  [ -n "$(docker ps -aq --filter "network=$net")" ] || docker network rm "$net" > /dev/null
done`,
  )
}

/** Prints what is left of the project, and which of the volumes that its containers had are there. */
export function proveDown(project: string, host: HostView): Script {
  return sh`
set -eu
docker ps -a --filter label=com.docker.compose.project=${project} --format 'container={{.Names}}'
for net in $(docker network ls --filter label=com.docker.compose.project=${project} --format '{{.Name}}'); do
  [ -n "$(docker ps -aq --filter "network=$net")" ] && echo "shared=$net" || echo "network=$net"
done
[ -e ${host.keepsakes}/project/volumes ] || exit 0
while read -r volume; do
  docker volume inspect "$volume" > /dev/null 2>&1 && echo "volume=$volume" || echo "missing=$volume"
done < ${host.keepsakes}/project/volumes`
}

export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
