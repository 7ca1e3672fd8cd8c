import { StepRefused } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { lines, sh } from '../shell/script.ts'
import { amount, many, maybe, once, readFacts } from './facts.ts'
import { refuseSymlink } from './on-the-way.ts'
import { volumeWords } from './volume-words.ts'

/** A tenth of an hour would be short for a tree of millions of files on a slow disk. */
const LOOK_SECONDS = 3600

/** All that decides whether a tree can be restored into a volume, found in one exec. Sizes are in bytes. */
export async function lookAtRestore(
  step: { readonly from: string; readonly volume: string },
  host: HostView,
) {
  const output = await host.ask(
    question(lines(volumeWords(step.volume, host), sh`from=${step.from}`, lookScript), {
      timeoutSeconds: LOOK_SECONDS,
    }),
  )
  return readFacts(output, {
    symlink: once,
    source: once,
    files: amount,
    entries: amount,
    bytes: amount,
    spaceNeeded: amount,
    postmaster: maybe,
    mounted: many,
    writer: maybe,
    volume: once,
    usedBy: many,
    security: once,
    dataRoot: once,
    free: amount,
    freeInodes: amount,
    alreadyThere: amount,
  })
}

/** @throws StepRefused where the source is empty, unclean or in use, or the volume is not fresh, or does not fit. */
export function refuseRestore(
  { from, volume }: { readonly from: string; readonly volume: string },
  found: Awaited<ReturnType<typeof lookAtRestore>>,
): void {
  const refuse = (reason: string) => {
    throw new StepRefused(reason)
  }
  refuseSymlink(from, found.symlink)
  if (found.security.includes('rootless'))
    refuse('the Docker engine is rootless; volumes are restored on a rootful engine only')
  if (found.source === 'other')
    refuse(`the source ${from} is not a directory; name the directory that holds the files`)
  if (found.source === 'directory' && found.files === 0) {
    refuse(
      `the source ${from} holds no file; an empty backup is never restored. Check the path and the backup`,
    )
  }
  if (found.postmaster) {
    refuse(
      `${found.postmaster} is there: this database is running or was not shut down. Take a backup of a stopped database, ` +
        'or, if that was so, start it once apart, stop it cleanly and restore from that',
    )
  }
  const [mounted] = found.mounted
  if (mounted)
    refuse(
      `the source ${from} is in use: container ${mounted} may write to it. Stop it first, or restore from a copy`,
    )
  if (found.writer)
    refuse(
      `the source ${from} is in use: process ${found.writer} has a file of it open for writing. Stop it first`,
    )
  if (found.usedBy.length > 0) {
    refuse(
      `volume ${volume} is used by container ${found.usedBy.join(', ')}; a restore goes into a fresh volume: use a fresh name`,
    )
  }
  if (found.volume === 'foreign') {
    refuse(
      `volume ${volume} exists and was not made by this step; a restore never writes into it: use a fresh name`,
    )
  }
  const needed = Math.ceil(found.spaceNeeded * 1.05)
  const free = found.free + found.alreadyThere
  if (needed > free) {
    refuse(
      `the source ${from} needs ${inWords(needed)} (with 5 % to spare), but ${inWords(free)} are free at ${found.dataRoot}; ` +
        'make room or move the engine to a larger disk',
    )
  }
  if (found.freeInodes > 0 && found.volume === 'absent' && found.entries > found.freeInodes) {
    refuse(
      `the source ${from} has ${found.entries} files and directories, but ${found.dataRoot} has room for ${found.freeInodes}`,
    )
  }
}

/** `1.4 GB`, `312 bytes`: powers of ten, as disks are sold. */
export function inWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const size = bytes / 1000 ** power
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`
}

const lookScript = sh`
set -e
printf 'symlink=%s\\n' "$(symlink_in "$from")"
info=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}')
root=\${info%%|*}
case $root in /?*) ;; *) fail "docker info does not say where the engine keeps its data; is it running?" ;; esac
printf 'dataRoot=%s\\nsecurity=%s\\n' "$root" "\${info#*|}"
df -B1 --output=avail,iavail -- "$root" | { read -r _; read -r free inodes; case $inodes in *[!0-9]*) inodes=0 ;; esac; printf 'free=%s\\nfreeInodes=%s\\n' "$free" "$inodes"; }

already=0
if ! inspect; then
  echo volume=absent
elif [ "$mark_found" = "$mark" ] && [ "$driver" = local ] && [ "$options" = 0 ]; then
  echo volume=ours
  already=$(du -sB1 -- "$at") && already=\${already%%[!0-9]*}
else
  echo volume=foreign
fi
printf 'alreadyThere=%s\\n' "$already"
using=$(users)
for name in $using; do printf 'usedBy=%s\\n' "$name"; done

source=absent totals='files=0
entries=0
bytes=0
spaceNeeded=0'
[ ! -e "$from" ] || source=other
if [ -d "$from" ]; then
  source=directory
  # Of a group of hard links one is counted; a sparse file is counted whole, for the copy is not sparse.
  totals=$(find "$from" -printf '%y %s %b %n %D:%i\\n' | awk '
    { entries++ }
    $1 == "f" { files++; if ($4 > 1 && met[$5]++) next; bytes += $2; held = $3 * 512; space += held > $2 ? held : $2 }
    $1 != "f" { space += $3 * 512 }
    END { printf "files=%.0f\\nentries=%.0f\\nbytes=%.0f\\nspaceNeeded=%.0f", files, entries, bytes, space }')
  find "$from" -maxdepth 3 -name postmaster.pid -printf 'postmaster=%p\\n' -quit
  # Mounts that can be written through, at, above or below the source. A mount of / itself says nothing about it.
  docker ps -q | xargs -r docker inspect --format '{{$name := .Name}}{{range .Mounts}}{{if .RW}}{{$name}}|{{.Source}}
{{end}}{{end}}' | while IFS='|' read -r name mounted; do
    [ -n "$mounted" ] && [ "$mounted" != / ] || continue
    case $from/ in "$mounted"/*) printf 'mounted=%s\\n' "\${name#/}"; continue ;; esac
    case $mounted/ in "$from"/*) printf 'mounted=%s\\n' "\${name#/}" ;; esac
  done
  find /proc/[0-9]*/fd -maxdepth 1 -lname "$from/*" -printf '%p\\n' 2>/dev/null | while IFS= read -r open; do
    process=\${open#/proc/} process=\${process%%/*}
    while read -r name value; do
      case $name$value in flags:*[12]) printf 'writer=%s (%s)\\n' "$(cat "/proc/$process/comm")" "$process"; exit ;; esac
    done < "/proc/$process/fdinfo/\${open##*/}"
  done 2>/dev/null
fi
printf 'source=%s\\n%s\\n' "$source" "$totals"`
