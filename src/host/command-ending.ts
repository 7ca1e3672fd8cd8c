import {
  CommandFailed,
  HostUnreachable,
  NotStarted,
  OutcomeUnknown,
  StepRefused,
  TokenConflict,
} from '../errors.ts'
import type { LongOutput, ReinstateError } from '../errors.ts'
import type { EndFrame } from './frames.ts'
import type { Answer } from './host.ts'
import { lastBytes, TAIL_BYTES } from './output-tail.ts'

/** The final state of a command, and its output. */
export interface CommandEnding {
  readonly end: EndFrame
  readonly answer: Answer
  /** The outputs that `answer` holds only the end of. */
  readonly longOutputs: readonly LongOutput[]
}

/** Returns the error for an ending. Not for exit code 0. */
export function commandError(
  { host, name, token }: { readonly host: string; readonly name: string; readonly token: string },
  { end, answer, longOutputs }: CommandEnding,
): ReinstateError {
  const tail = tailOf(answer)
  switch (end.state) {
    case 'exited':
      return new CommandFailed(host, name, {
        exit: end.code,
        tail,
        ...(longOutputs.length === 0 ? {} : { printed: longOutputs }),
      })
    case 'not-started':
      return new NotStarted(host, name)
    case 'token-conflict':
      return new TokenConflict(host, token)
    case 'interrupted':
    case 'interrupted-reboot':
    case 'tombstoned':
      return new OutcomeUnknown(host, name, { state: end.state, tail })
    case 'rewound':
    case 'undone':
      return new OutcomeUnknown(host, name, { state: 'rewound', tail })
    case 'cleaned':
      return new StepRefused(
        `nothing was started: the run was cleaned on ${host}, so what its steps and undos need is gone there`,
      )
    case 'none':
      // An attempt saw the command begin.
      return new OutcomeUnknown(host, name, { state: 'record-lost', tail })
    case 'running':
    case 'orphaned':
    case 'short-input':
    case 'cannot-write':
      return new HostUnreachable(host, `${name} is ${end.state}, which is not an end state`)
  }
}

/** Joins the ends of both outputs. */
export function tailOf({ stdout, stderr }: Answer): string {
  return lastBytes([stdout, stderr].filter(Boolean).join('\n'), TAIL_BYTES)
}
