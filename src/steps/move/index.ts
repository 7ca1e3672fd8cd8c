import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { writtenPath } from '../../fields/absolute-path.ts'
import { overlap } from '../../fields/is-in.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import {
  changeKind,
  blockedOnDirectoryOf,
  blockedOnContainer,
  blockedOnMissing,
  type Values,
  aboutPath,
} from '../step-kind.ts'

const fields = {
  from: writtenPath.meta({ title: 'path to write', description: 'The directory or file to move' }),
  to: writtenPath.meta({
    title: 'path to write',
    description: 'Its new path, on the same file system; must not exist',
  }),
  boundContainers: z.enum(['none', 'stopped', 'held']).default('none').meta({
    description:
      'Which containers may bind-mount it: none, stopped, or held. held also allows running ones with restart disabled; they keep the mount',
  }),
}
type Step = Values<typeof fields>

/** Inode and time of birth, which a rename keeps. */
interface Prior {
  readonly identity: string
  readonly [key: string]: string
}

/** Renames a path on its file system: atomic, never into or over an existing path. */
export const move = changeKind({
  kind: 'move',
  summary: 'A directory or file has a new path on the same file system',
  fields,
  traits: { relocates: true },
  outputs: ['path'],
  timeoutMinutes: 5,
  takesLike: [{ kind: 'file-write', share: 1 }],

  validate: ({ from, to }) => (overlap(from, to) ? 'needs two paths, neither inside the other' : undefined),
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
    if (found.identity === 'absent') return blockedOnMissing('path', from, from)
    if (found.there !== 'absent')
      return {
        blockedOn: { how: 'deletes', what: 'path', name: to },
        text: `${to} to be moved away`,
      }
    if (found.parent === 'missing') return blockedOnDirectoryOf(to)
    if (found.parent !== 'directory')
      throw new StepRefused(`the directory of ${to} is not a directory`, aboutPath(to))
    if (found.sameMount !== 'yes') {
      throw new StepRefused(
        `${from} and ${to} are on different file systems, where a move would be a copy; use file-copy, or choose a path on the same one`,
        { isOfPlan: true },
      )
    }
    const [mounted] = found.mounted
    if (mounted)
      throw new StepRefused(
        `${from} cannot be moved: ${mounted}; unmount it first, or leave the path where it is`,
      )
    const containers = parseBinds(found.bound)
    const bound = containers.find(({ running }) => !isBindAllowed(running, step))
    if (bound)
      return blockedOnContainer(
        bound,
        `container ${bound.name}, which mounts ${bound.source}, to be ${requiredState(bound, step)}`,
      )
    const named = containers.map(({ name, running }) =>
      running === 'held'
        ? `container ${name} keeps it mounted and runs on`
        : `stopped container ${name} mounts it`,
    )
    const priorState: Prior = { identity: found.identity }
    return { priorState, changes: [`moves ${from} to ${to}`, ...named.slice(0, 20)] }
  },

  async apply(step, { identity }, host) {
    await host.run('move', command(shellFile('move/apply.sh', variablesOf(step, identity, host))))
  },

  async verify({ from, to }, host) {
    const output = await host.ask(question(shellFile('move/verify.sh', { from, to, keep: host.originals })))
    const found = readFacts(output, { from: once, to: once, moved: maybe })
    if (found.to === 'absent') throw new StepNotVerified(`${to} is missing`)
    if (found.moved !== undefined && found.moved !== found.to)
      throw new StepNotVerified(
        `${to} is not the path that was moved (inode and birth ${found.to}, not ${found.moved})`,
      )
    if (found.from !== 'absent') throw new StepNotVerified(`${from} exists again`)
    return {
      summary: `${from} is now ${to}: the same inode, ${found.to.replace(/\..*/, '')}`,
      strength: 'observed',
      outputs: { path: to },
    }
  },

  undoes: ({ from, to }) => `moves ${to} back to ${from}`,

  async undo(step, { identity }, host) {
    const { from, to } = step
    const script = shellFile('move/undo.sh', variablesOf(step, identity, host))
    const { stdout } = await host.run('move-back', command(script))
    const { left } = readFacts(stdout, { left: maybe })
    return left ? [{ what: `path ${to} (was ${from})`, why: left }] : []
  },
})

function variablesOf(step: Step, identity: string, host: HostView) {
  const { from, to } = step
  return { from, to, identity, keep: host.originals, in_use: blockingStates(step) }
}

async function readState({ from, to }: Step, host: HostView) {
  const output = await host.ask(question(shellFile('move/inspect.sh', { from, to })))
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

/** Parses the output of `binds_in`. */
function parseBinds(bound: readonly string[]) {
  return bound.map((line) => {
    const [name = '', running = '', project = '', source = ''] = line.split('|')
    return { name, running, project, source }
  })
}

/** Whether a path may be moved while a container in this state mounts it. */
function isBindAllowed(running: string, { boundContainers }: Pick<Step, 'boundContainers'>): boolean {
  if (boundContainers === 'none') return false
  return running === 'false' || (running === 'held' && boundContainers === 'held')
}

/** The state that a container which must not mount it has to be in. */
function requiredState(
  { running }: { readonly running: string },
  { boundContainers }: Pick<Step, 'boundContainers'>,
): string {
  if (running === 'false') return 'removed'
  return boundContainers === 'held' ? 'stopped, or to have restart disabled' : 'stopped'
}

/** A grep pattern for the lines of `binds_in` that forbid a move. */
function blockingStates({ boundContainers }: Pick<Step, 'boundContainers'>): string {
  return boundContainers === 'held' ? '|true|' : '|\\(true\\|held\\)|'
}
