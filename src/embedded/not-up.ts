import { ReinstateError } from '../errors.ts'

/** A part that every run needs is not up. The CLI ends with exit code 3. */
export abstract class NotUp extends ReinstateError {}

/** Temporal does not answer. */
export class TemporalUnreachable extends NotUp {
  override readonly name = 'TemporalUnreachable'
  constructor(address: string, seen: { readonly reason: string; readonly next: string }) {
    super(`Temporal does not answer at ${address}: ${seen.reason}\n  next: ${seen.next}`, {
      address,
      ...seen,
    })
  }
}

/** Temporal is up, and no worker polls its task queue. */
export class NoWorker extends NotUp {
  override readonly name = 'NoWorker'
  constructor(address: string) {
    super(
      `no worker serves the task queue of reinstate at ${address}; runs wait for one\n  next: reinstate worker`,
      { address },
    )
  }
}

/** The `temporal` program was not found and could not be fetched. */
export class BinaryMissing extends NotUp {
  override readonly name = 'BinaryMissing'
  constructor(reason: string) {
    super(
      `the Temporal server could not be found: ${reason}\n  next: install the Temporal CLI, or set TEMPORAL_CLI_PATH to it`,
      { reason },
    )
  }
}

/** A port that the user named is in use. A named port is never replaced by another. */
export class PortTaken extends NotUp {
  override readonly name = 'PortTaken'
  constructor(port: number, seen: { readonly variable: string; readonly holder: string }) {
    const { variable, holder } = seen
    super(
      `port ${port}, which ${variable} names, is in use by ${holder}\n  next: stop that program, or set ${variable} to another port`,
      { port, ...seen },
    )
  }
}

/** The embedded server or worker ended, or was not ready in time. `tail` is the end of its log. */
export class NotReady extends NotUp {
  override readonly name = 'NotReady'
  /** The whole of the log. */
  readonly log: string
  constructor(what: string, seen: { readonly reason: string; readonly log: string; readonly tail: string }) {
    super(`the embedded ${what} did not start: ${seen.reason}\n${indented(seen.tail)}\n  log: ${seen.log}`, {
      what,
      ...seen,
    })
    this.log = seen.log
  }
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
