import { ReinstateError } from '../errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'

/** Returns the text of an error for the user, and the exit status. Adds a stack trace if REINSTATE_DEBUG is set. */
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

/** Returns the gRPC status code; the Temporal client wraps these errors. */
function grpcCode(error: Error): number | undefined {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    const { code } = inner as { code?: unknown }
    if (typeof code === 'number') return code
  }
  return undefined
}

/** gRPC status codes that mean: no usable Temporal server. Any other is a defect. */
const unreachable: Readonly<Record<number, string>> = {
  4: 'Temporal does not answer; runs continue on their workers\n  next: reinstate status',
  7: 'Temporal refuses these credentials\n  next: check TEMPORAL_API_KEY, TEMPORAL_NAMESPACE or temporal.toml',
  12: 'the server at this address is no Temporal server\n  next: check TEMPORAL_ADDRESS or temporal.toml',
  14: 'Temporal does not answer; runs continue on their workers\n  next: reinstate status',
  16: 'Temporal refuses these credentials\n  next: check TEMPORAL_API_KEY or temporal.toml',
}

function wordsFor(error: Error): string | undefined {
  return unreachable[grpcCode(error) ?? -1]
}

function unexpected(error: Error): string {
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${why}\n  This is a defect of reinstate; REINSTATE_DEBUG=1 prints a stack trace.`
}
