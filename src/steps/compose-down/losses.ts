import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { many, readFacts } from '../facts.ts'

/** What would be lost, or come back as another, if these containers were taken away. */
export async function lookForLosses(ids: readonly string[], host: HostView) {
  if (ids.length === 0) return { wrote: [], unnamed: [], otherImage: [] }
  const output = await host.ask(question(losses(ids), { timeoutSeconds: 600 }))
  const { wrote, unnamed, otherImage } = readFacts(output, { wrote: many, unnamed: many, otherImage: many })
  return {
    wrote,
    unnamed: unnamed.map((line) => {
      const [name = '', container = '', ...target] = line.split(' ')
      return { name, container, target: target.join(' ') }
    }),
    otherImage: otherImage.map((line) => line.split(' ')),
  }
}

/** @throws StepRefused where an undo would not bring the same back. */
export function refuseLosses(
  { unnamedVolumes }: { readonly unnamedVolumes: 'refuse' | 'leave' },
  found: Awaited<ReturnType<typeof lookForLosses>>,
): void {
  const [unnamed] = found.unnamed
  if (unnamed && unnamedVolumes === 'refuse') {
    throw new StepRefused(
      `container ${unnamed.container} keeps data at ${unnamed.target} in a volume without a name; taken away and brought ` +
        'back, it would begin with an empty one. Move the data to a named volume, or say unnamedVolumes: leave',
    )
  }
  const [other] = found.otherImage
  if (other) {
    throw new StepRefused(
      `container ${other[0]} runs an image that ${other[1]} no longer names; brought back, it would run another. ` +
        `Name it again: docker tag ${other[2]} ${other[1]}`,
    )
  }
}

/**
 * `unnamed_volumes ID` prints those that hold something, each with the container and where it is mounted; `wrote ID`
 * says whether a container changed files outside its mounts and outside what is made anew at each start.
 */
export const lossWords: Script = sh`
unnamed_volumes() {
  docker inspect --type container --format '{{$name := .Name}}{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{$name}} {{.Destination}}
{{end}}{{end}}' "$1" | grep -E '^[0-9a-f]{64} ' | while read -r volume name target; do
    at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || exit 2
    [ -z "$(find "$at" -mindepth 1 -print -quit)" ] || printf '%s %s %s\\n' "$volume" "\${name#/}" "$target"
  done
}
wrote() {
  mounts=$(docker inspect --type container --format '{{range .Mounts}}{{.Destination}}
{{end}}' "$1") || exit 2
  changed=$(docker diff "$1") || exit 2
  printf '%s\\n' "$changed" | MOUNTS=$mounts awk '
    BEGIN {
      n = split(ENVIRON["MOUNTS"] "\\n/etc/hosts\\n/etc/hostname\\n/etc/resolv.conf\\n/etc/mtab\\n/.dockerenv\\n/run\\n/var/run\\n/tmp\\n/dev\\n/proc\\n/sys", list, "\\n")
      for (i = 1; i <= n; i++) if (list[i] != "") { passed[list[i]] = 1; above(list[i]) }
    }
    function above(path) { while (sub(/\\/[^\\/]*$/, "", path) && path != "") holds[path] = 1 }
    { kind[NR] = $1; path[NR] = substr($0, 3); above(path[NR]) }
    function is_passed(p) { for (;;) { if (p in passed) return 1; if (!sub(/\\/[^\\/]*$/, "", p) || p == "") return 0 } }
    END {
      for (i = 1; i <= NR; i++) {
        if (path[i] == "" || is_passed(path[i]) || (kind[i] != "D" && path[i] in holds)) continue
        found = 1
      }
      exit !found
    }'
}`

function losses(ids: readonly string[]): Script {
  return lines(
    sh`set -u`,
    lossWords,
    sh`
for id in ${ids}; do
  unnamed_volumes "$id" | sed 's/^/unnamed=/'
  name=$(docker inspect --type container --format '{{.Name}}' "$id") || exit 2
  ! wrote "$id" || printf 'wrote=%s\\n' "\${name#/}"
  docker inspect --type container --format '{{.Image}} {{.Config.Image}}' "$id" | {
    read -r image called
    now=$(docker image inspect --format '{{.Id}}' "$called" 2> /dev/null) || now=
    [ "$now" = "$image" ] || printf 'otherImage=%s %s %s\\n' "\${name#/}" "$called" "$image"
  }
done`,
  )
}
