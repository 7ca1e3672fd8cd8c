import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { overlap } from '../../fields/is-in.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import { containersIn, mayBind, runningWords, wayOut } from './binds.ts'
import { pathWords, refuseSymlink } from '../shared/symlink-guard.ts'
import { referenceWords, renameWords } from '../shared/path-references.ts'
import { changeKind, noDirectoryFor, notStopped, notThere, type Values } from '../step-kind.ts'

const fields = {
  from: writtenPath.meta({ title: 'path to write', description: 'The directory or file that is moved' }),
  to: writtenPath.meta({
    title: 'path to write',
    description: 'Its new path, on the same file system; nothing may be there',
  }),
  boundContainers: z.enum(['none', 'stopped', 'held']).default('none').meta({
    description:
      'Which containers may have it bind-mounted: none, such as are stopped, or held: also such as run and would not start again by themselves; they keep what they have mounted',
  }),
}
type Step = Values<typeof fields>

/** What was moved is known again by inode and time of birth, which a rename keeps. */
interface Prior {
  readonly identity: string
  readonly [key: string]: string
}

/** Renames a path on its file system: at once or not at all, never into or over something that is there. */
export const move = changeKind({
  kind: 'move',
  summary: 'A directory or file has a new path on the same file system',
  fields,
  traits: { relocates: true },
  outputs: ['path'],
  timeoutMinutes: 5,
  takesLike: [{ kind: 'file-write', share: 1 }],

  objection: ({ from, to }) =>
    overlap(from, to) ? 'needs two paths of which neither lies in the other' : undefined,
  describe: ({ from, to }) => `move ${from} to ${to}`.slice(0, 200),
  effects: ({ from, to }) => [
    { how: 'deletes', what: 'path', name: from },
    { how: 'creates', what: 'path', name: to },
  ],

  async inspect(step, host) {
    const { from, to } = step
    const found = await readState(step, host)
    refuseSymlink(from, found.symlinkFrom)
    refuseSymlink(to, found.symlinkTo)
    if (found.identity === 'absent') return notThere('path', from, from)
    if (found.there !== 'absent')
      return {
        blockedOn: { how: 'deletes', what: 'path', name: to },
        text: `${to} to be moved away: something is there`,
      }
    if (found.parent === 'missing') return noDirectoryFor(to)
    if (found.parent !== 'directory') throw new StepRefused(`the directory of ${to} is not a directory`)
    if (found.sameMount !== 'yes') {
      throw new StepRefused(
        `${from} and ${to} are on different file systems, where a move would be a copy; use file-copy, or choose a path beside it`,
      )
    }
    const [mounted] = found.mounted
    if (mounted)
      throw new StepRefused(
        `${from} cannot be moved: ${mounted}; unmount that first, or leave it where it is`,
      )
    const containers = containersIn(found.bound)
    const bound = containers.find(({ running }) => !mayBind(running, step))
    if (bound)
      return notStopped(
        bound.name,
        `container ${bound.name}, which mounts ${bound.source}, to be ${wayOut(bound, step)}`,
      )
    const named = containers.map(({ name, running }) =>
      running === 'held'
        ? `container ${name} runs on with it mounted`
        : `stopped container ${name} mounts it`,
    )
    const priorState: Prior = { identity: found.identity }
    return { priorState, changes: [`moves ${from} to ${to}`, ...named.slice(0, 20)] }
  },

  async apply(step, { identity }, host) {
    const { from, to } = step
    const script = sh`
set -eu
umask 077
keep=${host.keepsakes} from=${from} to=${to} identity=${identity}
mkdir -p -- "$keep"
no_symlink_in "$from"
no_symlink_in "$to"
if [ -e "$keep/begun" ] && [ "$(identity_of "$to")" = "$identity" ] && [ "$(identity_of "$from")" = absent ]; then exit 0; fi
[ "$(identity_of "$from")" = "$identity" ] || fail "$from is not what was looked at; nothing was moved; look again"
mounted=$(mounts_in "$from")
[ -z "$mounted" ] || fail "$from cannot be moved: $mounted"
running=$(binds_in "$from" | grep ${runningWords(step)} | head -n 1 || :)
[ -z "$running" ] || fail "container \${running%%|*} runs and mounts $from; nothing was moved"
printf '%s\\n' "$identity" > "$keep/begun"
sync -- "$keep/begun" "$keep"
rename "$from" "$to" "$identity"`
    await host.run('move', command(lines(pathWords, referenceWords, renameWords, script)))
  },

  async verify({ from, to }, host) {
    const script = sh`
begun=${host.keepsakes}/begun
printf 'from=%s\\nto=%s\\n' "$(identity_of ${from})" "$(identity_of ${to})"
[ ! -e "$begun" ] || printf 'moved=%s\\n' "$(cat "$begun")"`
    const output = await host.ask(question(lines(renameWords, script)))
    const found = readFacts(output, { from: once, to: once, moved: maybe })
    if (found.to === 'absent') throw new StepNotVerified(`${to} is not there`)
    if (found.moved !== undefined && found.moved !== found.to)
      throw new StepNotVerified(
        `${to} is not what was moved there (inode and birth ${found.to}, not ${found.moved})`,
      )
    if (found.from !== 'absent') throw new StepNotVerified(`${from} is there again`)
    return {
      summary: `${from} is ${to} now: the same inode, ${found.to.replace(/\..*/, '')}`,
      strength: 'observed',
      outputs: { path: to },
    }
  },

  async undo(step, { identity }, host) {
    const { from, to } = step
    const script = sh`
set -eu
keep=${host.keepsakes} from=${from} to=${to} identity=${identity}
left() { printf 'left=%s\\n' "$*"; exit 0; }
[ -e "$keep/begun" ] || exit 0
if [ "$(identity_of "$from")" != "$identity" ]; then
  [ "$(identity_of "$to")" = "$identity" ] || left 'it is not there any more'
  [ "$(identity_of "$from")" = absent ] || left "something else is at $from by now"
  [ -d "\${from%/*}" ] || left "the directory of $from is gone"
  link=$(symlink_in "$from")$(symlink_in "$to")
  [ -z "$link" ] || left "a symbolic link is on the way: $link"
  running=$(binds_in "$to" | grep ${runningWords(step)} | head -n 1 || :)
  [ -z "$running" ] || left "container \${running%%|*} runs and mounts it"
  mounted=$(mounts_in "$to" | head -n 1)
  [ -z "$mounted" ] || left "$mounted"
  rename "$to" "$from" "$identity"
fi
rm -f -- "$keep/begun"`
    const { stdout } = await host.run(
      'move-back',
      command(lines(pathWords, referenceWords, renameWords, script)),
    )
    const { left } = readFacts(stdout, { left: maybe })
    return left ? [{ what: `path ${to} (was ${from})`, why: left }] : []
  },
})

async function readState({ from, to }: Step, host: HostView) {
  const script = sh`
from=${from} to=${to} parent=missing
[ ! -e "\${to%/*}" ] || parent=other
[ ! -d "\${to%/*}" ] || parent=directory
printf 'symlinkFrom=%s\\nsymlinkTo=%s\\n' "$(symlink_in "$from")" "$(symlink_in "$to")"
identity=$(identity_of "$from") same=no
printf 'identity=%s\\nthere=%s\\nparent=%s\\n' "$identity" "$(identity_of "$to")" "$parent"
if [ "$identity" != absent ]; then
  if [ "$parent" = directory ] && [ "$(stat -c %m -- "$from")" = "$(stat -c %m -- "\${to%/*}")" ]; then same=yes; fi
  mounted=$(mounts_in "$from") || exit 3
  bound=$(binds_in "$from") || exit 3
  printf '%s\\n' "$mounted" | sed -n 's/^./mounted=&/p'
  printf '%s\\n' "$bound" | sed -n 's/^./bound=&/p'
fi
printf 'sameMount=%s\\n' "$same"`
  const output = await host.ask(question(lines(pathWords, referenceWords, renameWords, script)))
  return readFacts(output, {
    symlinkFrom: once,
    symlinkTo: once,
    identity: once,
    there: once,
    parent: once,
    sameMount: once,
    mounted: many,
    bound: many,
  })
}
