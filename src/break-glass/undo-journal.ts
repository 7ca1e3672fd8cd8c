import { stepActivities } from '../activities/steps.ts'
import type { SecretsOf } from '../activities/steps.ts'
import type { WithBinding } from '../activities/binding.ts'
import { SecretMissing } from '../errors.ts'
import type { AllHosts } from '../host/hosts.ts'
import type { JournalEntry } from '../plan/plan.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import { MissingSecret } from '../shell/secret.ts'
import type { AnyStepKind, Leftover } from '../steps/step-kind.ts'
import type { RollbackRequest, RollbackResult } from '../workflows/messages.ts'
import { runGraph } from '../workflows/run-graph.ts'
import { undoOrder } from '../workflows/undo-order.ts'

/** The dependencies of a rollback, and the functions that ask the operator and report progress. */
export interface UndoOptions {
  readonly hosts: AllHosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  /** Aborted when the operator gives up; what runs on a host continues there. */
  readonly signal: AbortSignal
  /** The file that the operator names. A note's own is never read: the host could name any file of this machine. */
  readonly secretsFile?: string
  readonly undoAttempts: ReadonlyMap<string, number>
  /** Called before each attempt; `skip` leaves the step as it is. */
  readonly begins: (entry: JournalEntry) => Promise<'undo' | 'skip'>
  readonly ended: (entry: JournalEntry, leftovers: readonly Leftover[]) => void
  /** Called for one failure at a time. `leave` ends the rollback once concurrent undos have ended. */
  readonly failed: (entry: JournalEntry, message: string) => Promise<'retry' | 'skip' | 'leave'>
}

export interface UndoResult extends RollbackResult {
  /** Steps that were not undone because a step that depends on them was left. */
  readonly notStarted: readonly string[]
}

/**
 * Undoes what is left of a journal as the workflow `rollback` does: by the same kinds, in the same order, independent
 * steps concurrently. Each undone step is marked on its host and never undone again.
 */
export async function undoJournal(
  { ref, plan, phases, journal }: RollbackRequest,
  undoing: UndoOptions,
): Promise<UndoResult> {
  const { undo } = stepActivities({
    hosts: undoing.hosts,
    kinds: undoing.kinds,
    withBinding: withoutHeartbeats(undoing.signal),
    secretsOf: secretsFrom(undoing.secretsFile),
  })
  const inTurn = oneAtATime()
  const undone: string[] = []
  const leftovers: Leftover[] = []
  const notUndone: { step: string; why: string }[] = []

  const { notStarted } = await runGraph(undoOrder(phases, journal), async ({ entry }) => {
    const { step, phase, priorState, signature, outputs } = entry
    if (step.cannotUndo !== undefined) {
      const left = [{ what: step.title, why: step.cannotUndo }]
      leftovers.push(...left)
      undoing.ended(entry, left)
      return
    }
    for (let attempt = (undoing.undoAttempts.get(step.step) ?? 0) + 1; ; attempt++) {
      if ((await inTurn(() => undoing.begins(entry))) === 'skip') {
        notUndone.push({ step: step.step, why: 'left as it is' })
        return
      }
      try {
        const left = await undo({ ref, plan, phase, step, attempt, outputs, priorState, signature })
        undone.push(step.step)
        leftovers.push(...left)
        undoing.ended(entry, left)
        return
      } catch (error) {
        if (undoing.signal.aborted) throw error
        const message = error instanceof Error ? error.message : String(error)
        const choice = await inTurn(() => undoing.failed(entry, message))
        if (choice === 'retry') continue
        notUndone.push({ step: step.step, why: message })
        if (choice === 'skip') return
        throw error
      }
    }
  })
  undoing.signal.throwIfAborted()
  return { undone, leftovers, notUndone, notStarted }
}

/** The binding of a worker, without heartbeats. */
function withoutHeartbeats(signal: AbortSignal): WithBinding {
  return ({ ref, ...rest }, work) => work({ runToken: ref.token, ...rest, signal, beat: () => {} })
}

/** Few undos need a value. Only those that do are refused where the file is missing, and name the secret. */
function secretsFrom(file: string | undefined): SecretsOf {
  return async (source) => {
    if (!source) return new Map()
    const { require } = source
    try {
      if (file === undefined) throw new SecretMissing('no secrets file was named')
      return await readSecrets(file, require)
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error
      const missing = (name: string) => () =>
        new SecretMissing(
          `undoing this needs the secret ${name}, and ${error.message}; name the file with --secrets`,
        )
      return new Map(require.map((name) => [name, new MissingSecret(missing(name))]))
    }
  }
}

/** Runs one piece of work after another: two undos may need the terminal at the same time. */
function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
