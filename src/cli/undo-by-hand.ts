import type { Gathered } from '../break-glass/gather.ts'
import { parseHolder } from '../break-glass/holder.ts'
import { undoJournal } from '../break-glass/undo-journal.ts'
import type { UndoResult } from '../break-glass/undo-journal.ts'
import { LockHeld } from '../errors.ts'
import type { AllHosts } from '../host/hosts.ts'
import { kinds } from '../steps/index.ts'
import type { RunNote } from '../workflows/messages.ts'
import { BadInput } from './exit-codes.ts'
import { undoLines } from './rendering/break-glass-lines.ts'
import { clock } from './rendering/time.ts'
import { askLine, note as tell, print, someoneIsThere } from './terminal.ts'

/** Who undoes by hand, and the answers given beforehand. */
export interface ManualUndoOptions {
  readonly by: string
  readonly yes: boolean
  readonly reason?: string
  readonly secrets?: string
  /** Steps that stay as they are where their undo fails, or where their journal entry is refused. */
  readonly skip: readonly string[]
  /** Asks about each undo, whatever `yes` says. */
  readonly unsigned: boolean
}

/** @throws BadInput without a yes */
export async function confirm(
  what: string,
  { yes }: Pick<ManualUndoOptions, 'yes'>,
  otherwise = 'nothing was undone',
): Promise<void> {
  if (yes) return
  if (!someoneIsThere()) throw new BadInput(`no terminal to ask; to ${what} without a question: --yes`)
  const answer = await askLine(`${what} (yes or no)? `)
  if (!isYes(answer)) throw new BadInput(otherwise)
}

function isYes(answer: string | undefined): boolean {
  return /^y(es)?$/i.test(answer ?? '')
}

/** Takes the lock of the stack. Where the dead run still holds it, takes it over and logs that on the host. @throws LockHeld by another holder */
export async function takeOrTakeOverLock(
  hosts: AllHosts,
  { host, holder, note }: { readonly host: string; readonly holder: string; readonly note: RunNote },
  options: ManualUndoOptions,
): Promise<void> {
  const mine = { name: note.plan.stack, holder }
  try {
    await hosts.takeLock(host, mine)
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error
    const held = String(error.data['holder'])
    const parsed = parseHolder(held)
    if (parsed.is !== 'run' || parsed.ref.token !== note.ref.token) throw error
    tell(`this run still holds the lock on ${note.plan.stack} of ${host}`)
    await confirm(`take its lock over`, options)
    const why = options.reason === undefined ? '' : `: ${options.reason}`
    const lock = { name: note.plan.stack, holder: held }
    await hosts.breakLock(
      host,
      lock,
      `${options.by} rolls back ${note.ref.run} by hand${why}; it was held by ${held}`,
    )
    await hosts.takeLock(host, mine)
  }
}

/** Undoes, reports progress and asks at the terminal; `left` where nobody decided about a failed undo. */
export async function undoByHand(
  hosts: AllHosts,
  found: Gathered,
  options: ManualUndoOptions,
): Promise<{ readonly result: UndoResult; readonly left: boolean }> {
  const giveUp = new AbortController()
  const interrupted = () =>
    giveUp.abort(new BadInput('stopped; what was undone is marked, and the same command continues'))
  process.once('SIGINT', interrupted)
  let left = false
  const say = (line: string) => tell(`${clock(new Date().toISOString())} ${line}`)
  try {
    const result = await undoJournal(found.request, {
      ...{ hosts, kinds, undoAttempts: found.undoAttempts, signal: giveUp.signal },
      ...(options.secrets === undefined ? {} : { secretsFile: options.secrets }),
      begins: async (entry) => {
        const { phase, step } = entry
        if (options.unsigned) {
          undoLines(entry).forEach(tell)
          const answer = await askLine(`undo ${step.step} on ${step.host} so (yes or no)? `, giveUp.signal)
          if (!isYes(answer)) return 'skip'
        }
        say(`${phase}/${step.step}: undoing: ${step.title} (on ${step.host})`)
        return 'undo'
      },
      ended: ({ phase, step }, leftovers) => {
        say(`${phase}/${step.step}: ${step.cannotUndo === undefined ? 'undone' : 'cannot be undone'}`)
        for (const { what, why } of leftovers) say(`  left behind: ${what}: ${why}`)
      },
      failed: async ({ phase, step }, message) => {
        say(`${phase}/${step.step}: its undo failed: ${message}`)
        if (options.skip.includes(step.step)) return 'skip'
        const choice = someoneIsThere() ? await askAboutFailure(step.step, giveUp.signal) : 'leave'
        left ||= choice === 'leave'
        return choice
      },
    })
    return { result, left }
  } finally {
    process.removeListener('SIGINT', interrupted)
  }
}

async function askAboutFailure(step: string, gone: AbortSignal): Promise<'retry' | 'skip' | 'leave'> {
  print([
    `  retry  undoes ${step} again; the steps before it wait`,
    '  skip   leaves it as it is and reports it as not undone; the rollback continues with the steps before it',
    '  leave  the rollback ends here; the same command continues it later',
  ])
  for (;;) {
    const typed = await askLine('retry, skip or leave? ', gone)
    const word = (['retry', 'skip', 'leave'] as const).find((one) => typed && one.startsWith(typed))
    if (word) return word
    if (typed === undefined) return 'leave'
  }
}
