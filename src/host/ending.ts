import { CommandFailed, HostUnreachable, NotStarted, OutcomeUnknown, TokenConflict } from '../errors.ts'
import type { LongOutput, ReinstateError } from '../errors.ts'
import type { EndFrame } from './frames.ts'
import type { Answer } from './host.ts'
import { TAIL_BYTES } from './kept-output.ts'
import { lastBytes } from './output-tail.ts'

/** How a command was found in the end. */
export interface CommandEnding {
  readonly end: EndFrame
  readonly answer: Answer
  /** The outputs of which `answer` holds the end only. */
  readonly printed: readonly LongOutput[]
}

/** The error for every ending but exit code 0. */
export function commandError(
  { host, name, token }: { readonly host: string; readonly name: string; readonly token: string },
  { end, answer, printed }: CommandEnding,
): ReinstateError {
  const tail = tailOf(answer)
  switch (end.state) {
    case 'exited':
      return new CommandFailed(host, name, {
        exit: end.code,
        tail,
        ...(printed.length === 0 ? {} : { printed }),
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
    case 'none':
      // Somebody saw it begin.
      return new OutcomeUnknown(host, name, { state: 'record-lost', tail })
    case 'running':
    case 'orphaned':
    case 'short-input':
    case 'cannot-write':
      return new HostUnreachable(host, `${name} is ${end.state}, which is no end`)
  }
}

/** Both outputs as one tail. */
export function tailOf({ stdout, stderr }: Answer): string {
  return lastBytes([stdout, stderr].filter(Boolean).join('\n'), TAIL_BYTES)
}
