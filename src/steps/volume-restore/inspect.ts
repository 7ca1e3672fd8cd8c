import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { noDirectoryFor, notStopped, notThere, type Blocked } from '../step-kind.ts'
import { calledOf, hostOf, targetWords, type Member } from './members.ts'

/** A tenth of an hour would be short for a tree of millions of files on a slow disk. */
const LOOK_SECONDS = 3600

export type FoundMember = Awaited<ReturnType<typeof lookAtRestore>>[number]

/** All that decides whether trees can be restored, one for each member, found in one exec. Sizes are in bytes. */
export async function lookAtRestore(members: readonly Member[], host: HostView) {
  // Each in a shell of its own; what one cannot answer ends all.
  const parts = members.map(
    (member, index) =>
      sh`(
echo ${`member=${index}`}
${lines(targetWords(member, hostOf(index, members, host)), sh`from=${member.from}`, placeOf(member), lookScript)}
) || exit`,
  )
  const output = await host.ask(question(lines(...parts), { timeoutSeconds: LOOK_SECONDS }))
  const found = output.split(/^member=\d+$/m).slice(1)
  return members.map((member, index) => ({ member, ...readFacts(found[index] ?? '', facts) }))
}

const facts = {
  symlink: once,
  source: once,
  files: amount,
  entries: amount,
  bytes: amount,
  spaceNeeded: amount,
  postmaster: maybe,
  mounted: many,
  writer: maybe,
  targetSymlink: maybe,
  parent: maybe,
  target: once,
  usedBy: many,
  security: once,
  disk: once,
  place: once,
  free: amount,
  freeInodes: amount,
  alreadyThere: amount,
}

interface How {
  readonly ahead: boolean
  readonly finishes?: string | undefined
}

/** What an earlier step must make first, or undefined. */
export function waitsForOf(
  { member, source, parent, mounted, target }: FoundMember,
  { ahead, finishes }: How,
): Blocked | undefined {
  if (source === 'absent') return notThere('path', member.from, `the source ${member.from}`)
  if (finishes !== undefined && target === 'absent')
    return notThere(
      member.volume === undefined ? 'path' : 'volume',
      member.volume ?? member.path ?? '',
      `${calledOf(member)}, which ${finishes} copies ahead`,
    )
  const [container] = mounted
  if (container && !ahead)
    return notStopped(
      container,
      `the source ${member.from}, which container ${container} may write to, to be out of use`,
    )
  return parent === 'missing' ? noDirectoryFor(member.path ?? '') : undefined
}

/** @throws StepRefused where the source is empty, unclean or in use, or the target is not fresh. */
export function refuseRestore(found: FoundMember, { ahead }: How): void {
  const { member } = found
  const { from } = member
  const target = calledOf(member)
  const refuse = (reason: string) => {
    throw new StepRefused(reason)
  }
  refuseSymlink(from, found.symlink)
  if (member.path !== undefined) refuseSymlink(member.path, found.targetSymlink)
  if (found.security.includes('rootless'))
    refuse('the Docker engine is rootless; volumes are restored on a rootful engine only')
  if (found.source === 'other')
    refuse(`the source ${from} is not a directory; name the directory that holds the files`)
  if (found.source === 'directory' && found.files === 0) {
    refuse(
      `the source ${from} holds no file; an empty backup is never restored. Check the path and the backup`,
    )
  }
  // What a container may write to is waited for: an earlier step of the plan may stop it.
  const stopsLater = found.mounted.length > 0 || ahead
  if (found.postmaster && !stopsLater) {
    refuse(
      `${found.postmaster} is there: this database is running or was not shut down. Take a backup of a stopped database, ` +
        'or, if that was so, start it once apart, stop it cleanly and restore from that',
    )
  }
  if (found.writer && !stopsLater)
    refuse(
      `the source ${from} is in use: process ${found.writer} has a file of it open for writing. Stop it first`,
    )
  if (found.usedBy.length > 0) {
    refuse(
      `${target} is used by container ${found.usedBy.join(', ')}; a restore goes into a fresh one: use a fresh name`,
    )
  }
  if (found.target === 'foreign') {
    refuse(`${target} exists and was not made by this step; a restore never writes into it: use a fresh name`)
  }
}

/** Sets root, which holds the target, and place, which is on its disk. */
function placeOf({ path }: Member): Script {
  return sh`
set -e
info=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}')
root=\${info%%|*}
case $root in /?*) ;; *) fail "docker info does not say where the engine keeps its data; is it running?" ;; esac
printf 'security=%s\\n' "\${info#*|}"
place=$root/volumes
${path === undefined ? sh`` : parentScript}`
}

const parentScript = sh`
printf 'targetSymlink=%s\\n' "$(symlink_in "$path")"
place=$parent
if [ ! -d "$parent" ]; then echo parent=missing; place=/; fi`

const lookScript = sh`
printf 'symlink=%s\\nplace=%s\\ndisk=%s\\n' "$(symlink_in "$from")" "$place" "$(stat -c %d -- "$place")"
df -B1 --output=avail,iavail -- "$place" | { read -r _; read -r free inodes; case $inodes in *[!0-9]*) inodes=0 ;; esac; printf 'free=%s\\nfreeInodes=%s\\n' "$free" "$inodes"; }

already=0
if ! is_there; then
  echo target=absent
elif is_ours; then
  echo target=ours
  already=$(du -sB1 -- "$at") && already=\${already%%[!0-9]*}
else
  echo target=foreign
fi
printf 'alreadyThere=%s\\n' "$already"
for name in $(users); do printf 'usedBy=%s\\n' "$name"; done

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
  # PostgreSQL and InnoDB take these away when they are stopped cleanly.
  find "$from" -maxdepth 3 \\( -name postmaster.pid -o -name ibtmp1 \\) -printf 'postmaster=%p\\n' -quit
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
