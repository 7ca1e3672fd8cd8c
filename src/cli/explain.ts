import { ReinstateError } from '../errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'

/** What the user reads of an error, and the exit code. A stack trace only where REINSTATE_DEBUG is set. */
export function explain(
  error: unknown,
  { debug }: { readonly debug: boolean },
): { readonly text: string; readonly code: ExitCode } {
  if (!(error instanceof Error)) return { text: String(error), code: exitCodeOf(undefined) }
  const name = temporalName(error) ?? error.name
  const text = error instanceof ReinstateError ? error.message : (wordsFor(error) ?? unexpected(error))
  return { text: debug ? `${text}\n${error.stack ?? ''}` : text, code: exitCodeOf(name) }
}

/** gRPC's errors, which the Temporal client wraps, say everything in a number. */
function grpcCode(error: Error): number | undefined {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    const { code } = inner as { code?: unknown }
    if (typeof code === 'number') return code
  }
  return undefined
}

const UNAVAILABLE = 14
const DEADLINE_EXCEEDED = 4

function temporalName(error: Error): string | undefined {
  const code = grpcCode(error)
  return code === UNAVAILABLE || code === DEADLINE_EXCEEDED ? 'TemporalUnreachable' : undefined
}

function wordsFor(error: Error): string | undefined {
  if (temporalName(error) === undefined) return undefined
  return 'Temporal stopped answering; runs go on where their workers are\n  next: reinstate status'
}

function unexpected(error: Error): string {
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${why}\n  This was not expected; REINSTATE_DEBUG=1 shows where it comes from.`
}
