import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Authority } from '../activities/authority.ts'
import { LockHeld, ReinstateError } from '../errors.ts'
import type { Lock } from '../host/host.ts'
import type { AllHosts } from '../host/hosts.ts'
import { command } from '../shell/command.ts'
import { sh } from '../shell/script.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, readFacts } from '../steps/facts.ts'
import type { RunNote } from '../workflows/messages.ts'
import { gather } from './gather.ts'
import { parseHolder } from './holder.ts'
import type { RunOpenness } from './holder.ts'
import { cleaningHost, keptBy } from './kept.ts'
import type { Kept, UnreadHost } from './kept.ts'

const OWN_LOCK_SECONDS = 15

/** What a clean of a run would find and remove. */
export interface Cleanable {
  readonly note: RunNote
  readonly kept: readonly Kept[]
  readonly lastChange: Date
  /** Steps that a rollback could still undo, and cannot after the clean. */
  readonly undoable: readonly string[]
  /** Hosts of the run to clean. */
  readonly hosts: readonly string[]
  /** Hosts that are not cleaned: they cannot be read, or keep another note of the run. */
  readonly excluded: readonly UnreadHost[]
}

/** A run to clean, whether it is open in Temporal, and why it may not be cleaned. */
export interface Surveyed extends Cleanable {
  readonly temporal: RunOpenness
  readonly refused?: string
}

/** A clean was refused. Nothing was removed. */
export class CleanRefused extends ReinstateError {
  override readonly name = 'CleanRefused'
}

/** Reads what the hosts of a run keep, and whether a rollback could still use it. Changes nothing. */
export async function survey(
  hosts: AllHosts,
  note: RunNote,
  authority: Authority | undefined,
): Promise<Cleanable> {
  const { read, unread } = await keptBy(hosts, note)
  const { request, excluded } = await gather(hosts, note, authority)
  const isBegun = [...read.values()].some(({ begun }) => begun)
  // Where a clean has begun, or of a host that the run never reached, there may be no note.
  const foreign = excluded.filter(({ host }) => {
    const found = read.get(host)
    return found !== undefined && found.kept.length > 0 && !found.begun
  })
  const left = [...unread, ...foreign]
  const cleaned = [...read].filter(([host]) => !foreign.some((one) => one.host === host))
  return {
    note,
    kept: cleaned.flatMap(([, { kept }]) => kept),
    lastChange: new Date(Math.max(0, ...cleaned.map(([, { lastChange }]) => lastChange?.getTime() ?? 0))),
    undoable: isBegun
      ? []
      : request.journal.filter(({ step }) => step.cannotUndo === undefined).map(({ step }) => step.step),
    hosts: cleaned.map(([host]) => host),
    excluded: left,
  }
}

/**
 * Removes what a run keeps on its hosts. Holds the stack's lock on each host as a rollback does. From its first change on,
 * the hosts refuse every command of the run; a second call finishes what an interrupted one began.
 * @returns what could not be removed
 * @throws LockHeld, or CleanRefused while a command of the run runs; then nothing was removed
 */
export async function removeKept(
  hosts: AllHosts,
  { note: { ref, plan }, hosts: there, kept }: Cleanable,
  { by, holder }: { readonly by: string; readonly holder: string },
): Promise<readonly string[]> {
  const mine = { name: plan.stack, holder }
  const locked: string[] = []
  const removals: { readonly host: string; readonly attempt: number }[] = []
  const left: string[] = []
  try {
    for (const host of there) {
      await takeLock(hosts, { host, lock: mine, runToken: ref.token })
      locked.push(host)
    }
    for (const host of there) removals.push({ host, attempt: await nextAttempt(hosts, host, ref.token) })
    for (const host of there) await cleaningHost(hosts, host, ref.token).run('begin', command(sh`:`))
    for (const { host, attempt } of removals) {
      const bound = cleaningHost(hosts, host, ref.token)
      const volumes = kept.flatMap((one) => (one.host === host && one.what === 'volume' ? [one.name] : []))
      const script = shellFile('../break-glass/remove-kept.sh', { keep: bound.originals, volumes, by })
      const sum = createHash('sha256').update(script.text).digest('hex').slice(0, 8)
      const { stdout } = await bound.run(`remove-${sum}-${attempt}`, command(script))
      left.push(...readFacts(stdout, { left: many }).left.map((what) => `${what} (on ${host})`))
    }
  } finally {
    for (const host of locked) await hosts.releaseLock(host, mine)
  }
  // After the locks: where a clean is killed, the next one finds the run, and takes and releases them again.
  for (const { host, attempt } of left.length === 0 ? removals : []) {
    const bound = cleaningHost(hosts, host, ref.token)
    const script = shellFile('../break-glass/forget-note.sh', { keep: bound.originals })
    await bound.run(`forget-${attempt}`, command(script))
  }
  return left
}

/** The run itself holds the lock for some seconds after its end, until its worker has seen that. @throws LockHeld */
async function takeLock(
  hosts: AllHosts,
  { host, lock, runToken }: { readonly host: string; readonly lock: Lock; readonly runToken: string },
): Promise<void> {
  for (let left = OWN_LOCK_SECONDS; ; left--) {
    try {
      return await hosts.takeLock(host, lock)
    } catch (error) {
      const holder = error instanceof LockHeld && parseHolder(String(error.data['holder']))
      if (!holder || holder.is !== 'run' || holder.ref.token !== runToken || left === 0) throw error
    }
    await wait(1000)
  }
}

/**
 * A removal that runs, or has ended well, is attached to; one that failed is attempted again under the next number.
 * @throws CleanRefused while another command of the run runs
 */
async function nextAttempt(hosts: AllHosts, host: string, runToken: string): Promise<number> {
  const receipts = await hosts.receipts(host, runToken)
  const isOfClean = (token: string) => token.startsWith(`${runToken}_run.cleaned_`)
  const running = receipts.find(({ state, token }) => isRunning(state) && !isOfClean(token))
  if (running)
    throw new CleanRefused(`a command of ${runToken} still runs on ${host}: ${running.token}; end it first`)
  return receipts.filter(({ token, state, code }) => {
    const isDone = state === 'exited' && code === '0'
    return isOfClean(token) && !isRunning(state) && !isDone
  }).length
}

function isRunning(state: string): boolean {
  return state === 'running' || state === 'orphaned'
}
