import { stepActivities } from '../activities/steps.ts'
import type { SecretsOf } from '../activities/steps.ts'
import type { WhileBound } from '../activities/binding.ts'
import { SecretMissing } from '../errors.ts'
import type { AllHosts } from '../host/hosts.ts'
import type { JournalEntry } from '../plan/plan.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import { MissingSecret } from '../shell/secret.ts'
import type { AnyStepKind, Leftover } from '../steps/step-kind.ts'
import type { RollbackRequest, RollbackResult } from '../workflows/messages.ts'
import { runGraph } from '../workflows/run-graph.ts'
import { undoOrder } from '../workflows/undo-order.ts'

/** What an undo is carried out with, and who is asked and told. */
export interface Undoing {
  readonly hosts: AllHosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  /** Aborted when whoever sits there gives up: what runs on a host goes on there. */
  readonly signal: AbortSignal
  /** Another file than the plan's own. */
  readonly secretsFile?: string
  readonly undoAttempts: ReadonlyMap<string, number>
  readonly begins: (entry: JournalEntry) => void
  readonly ended: (entry: JournalEntry, leftovers: readonly Leftover[]) => void
  /** Asked about one failure at a time. 'leave' ends the rollback once what runs beside it has ended. */
  readonly failed: (entry: JournalEntry, message: string) => Promise<'retry' | 'skip' | 'leave'>
}

export interface Undone extends RollbackResult {
  /** Steps that were not come to, because one above them was left. */
  readonly notStarted: readonly string[]
}

/**
 * Undoes what is left of a journal as the workflow `rollback` does: the same kinds, in the same order, what is
 * independent at once, each step marked undone on its host. What was undone before is never undone again.
 */
export async function undoJournal(
  { ref, plan, phases, journal }: RollbackRequest,
  undoing: Undoing,
): Promise<Undone> {
  const { undo } = stepActivities({
    hosts: undoing.hosts,
    kinds: undoing.kinds,
    whileBound: withoutActivity(undoing.signal),
    secretsOf: secretsThatAreHere(undoing.secretsFile),
  })
  const oneAtATime = inTurn(undoing.failed)
  const undone: string[] = []
  const leftovers: Leftover[] = []
  const notUndone: { step: string; why: string }[] = []

  const { notStarted } = await runGraph(undoOrder(phases, journal), async ({ entry }) => {
    const { step, phase, priorState, outputs } = entry
    if (step.cannotUndo !== undefined) {
      const left = [{ what: step.title, why: step.cannotUndo }]
      leftovers.push(...left)
      undoing.ended(entry, left)
      return
    }
    for (let attempt = (undoing.undoAttempts.get(step.step) ?? 0) + 1; ; attempt++) {
      undoing.begins(entry)
      try {
        const left = await undo({ ref, plan, phase, step, attempt, outputs, priorState })
        undone.push(step.step)
        leftovers.push(...left)
        undoing.ended(entry, left)
        return
      } catch (error) {
        if (undoing.signal.aborted) throw error
        const message = error instanceof Error ? error.message : String(error)
        const choice = await oneAtATime(entry, message)
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

/** The same binding as a worker's, but nobody is told that it is alive. */
function withoutActivity(signal: AbortSignal): WhileBound {
  return ({ ref, ...rest }, work) => work({ runToken: ref.token, ...rest, signal, beat: () => {} })
}

/** Few undos need a value: where the file is not here, only those that do are held up, and say what they lack. */
function secretsThatAreHere(file: string | undefined): SecretsOf {
  return async (source) => {
    if (!source) return new Map()
    const { require } = source
    try {
      return await readSecrets(file ?? source.file, require)
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error
      const missing = (name: string) => () =>
        new SecretMissing(
          `undoing this needs the secret ${name}, and ${error.message}; or name another file with --secrets`,
        )
      return new Map(require.map((name) => [name, new MissingSecret(missing(name))]))
    }
  }
}

/** One question after the other: two undos may fail at once, and there is one terminal. */
function inTurn(ask: Undoing['failed']): Undoing['failed'] {
  let last: Promise<unknown> = Promise.resolve()
  return (entry, message) => {
    const answer = last.then(() => ask(entry, message))
    last = answer.catch(() => undefined)
    return answer
  }
}
