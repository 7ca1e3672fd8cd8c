import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { directoryOf, type Down } from './scripts.ts'
import { compose, hashesOf, type ProjectRef } from '../shared/compose-command.ts'
import { startWords } from '../shared/containers-stop-scripts.ts'
import { keptImage } from '../shared/kept-images.ts'

/**
 * Makes the containers again from the same configuration, by the file or, where that is another by now, by the copy that
 * was kept, and starts those that ran. Fails before it starts anything where neither gives the same. Prints what is new.
 */
export function bringBack(step: ProjectRef, { ran, services }: Down, host: HostView): Script {
  const { file, overrides = [], project } = step
  const kept = [file, ...overrides].flatMap((_, index) => ['-f', `${host.keepsakes}/project/file-${index}`])
  const names = services.map((line) => line.split(' ')[0] ?? '')
  const scale = services.flatMap((line) => ['--scale', line.replace(' ', '=')])
  return lines(
    sh`
keep=${host.keepsakes}
[ -e "$keep/begun" ] || exit 0`,
    startWords,
    sh`
by_file() { ${compose(step)} "$@"; }
by_copy() {
  env=/dev/null
  [ ! -e "$keep/project/env" ] || env=$keep/project/env
  env COMPOSE_REMOVE_ORPHANS=0 docker compose --ansi never -p ${project} --project-directory ${directoryOf(file)} --env-file "$env" ${kept} "$@"
}
# Whether each service that had a container would get the same configuration.
is_same() {
  now=$("$1" config 2> /dev/null | ${hashesOf(project, file)} 2> /dev/null) || return 1
  while read -r line; do printf '%s\\n' "$now" | grep -qxF -e "$line" || return 1; done < "$keep/project/hashes"
}
if is_same by_file; then how=by_file
elif is_same by_copy; then how=by_copy
else fail "project "${project}" would come back with another configuration than it had, both from "${file}" and from the copy in $keep/project; nothing was started"
fi
while read -r volume; do
  docker volume inspect "$volume" > /dev/null 2>&1 || fail "volume $volume, which project "${project}" had, is gone; nothing was started"
done < "$keep/project/volumes"`,
    ...(names.length === 0
      ? []
      : [sh`$how up --no-start --no-recreate --no-build --pull never ${scale} ${names} > /dev/null`]),
    ...ran.map((row) => sh`start_row ${row}`),
    sh`
sed 's/^/unnamed=/' "$keep/project/unnamed"
docker image ls --filter reference=${`${keptImage(host)}:*`} --format 'image={{.Repository}}:{{.Tag}}'
rm -f -- "$keep/begun"`,
  )
}
