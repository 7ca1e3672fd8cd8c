import { ReinstateError } from '../errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'

/** What the user reads of an error, and the exit code. A stack trace only where REINSTATE_DEBUG is set. */
export function explain(
  error: unknown,
  { debug }: { readonly debug: boolean },
): { readonly text: string; readonly code: ExitCode } {
  if (!(error instanceof Error)) return { text: String(error), code: exitCodeOf(undefined) }
  const words = error instanceof ReinstateError ? undefined : wordsFor(error)
  const text = error instanceof ReinstateError ? error.message : (words ?? unexpected(error))
  const code = exitCodeOf(words === undefined ? error.name : 'TemporalUnreachable')
  return { text: debug ? `${text}\n${error.stack ?? ''}` : text, code }
}

/** gRPC's errors, which the Temporal client wraps, say everything in a number. */
function grpcCode(error: Error): number | undefined {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    const { code } = inner as { code?: unknown }
    if (typeof code === 'number') return code
  }
  return undefined
}

/** The codes that mean: this is no Temporal that we can use. The rest is a defect. */
const unreachable: Readonly<Record<number, string>> = {
  4: 'Temporal stopped answering; runs go on where their workers are\n  next: reinstate status',
  7: 'Temporal refuses this login\n  next: check TEMPORAL_API_KEY, TEMPORAL_NAMESPACE or temporal.toml',
  12: 'what answers there is no Temporal server\n  next: check TEMPORAL_ADDRESS or temporal.toml',
  14: 'Temporal stopped answering; runs go on where their workers are\n  next: reinstate status',
  16: 'Temporal refuses this login\n  next: check TEMPORAL_API_KEY or temporal.toml',
}

function wordsFor(error: Error): string | undefined {
  return unreachable[grpcCode(error) ?? -1]
}

function unexpected(error: Error): string {
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${why}\n  This was not expected; REINSTATE_DEBUG=1 shows where it comes from.`
}
