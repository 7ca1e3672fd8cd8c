import type { Secret } from '../shell/secret.ts'
import type { HeartbeatState } from './heartbeat-state.ts'
import type { EndFrame } from './frames.ts'
import type { Answer, ReadProgress } from './host.ts'
import { OutputTail, lastBytes, lineReader } from './output-tail.ts'
import { longestForm, redactor } from './redact.ts'

export const TAIL_BYTES = 16 * 1024

/** What is kept of a command's output while it runs. */
export interface KeptOutput {
  /** How many bytes of each output are kept. */
  readonly keepBytes: number
  take(stream: 'out' | 'err', bytes: Buffer): void
  /** `skippedBytes` of stdout came before the first that was taken. */
  answer(end: EndFrame, skippedBytes: number): Answer
}

/** Keeps the ends of both outputs, secrets replaced, and tells progress as its lines come. */
export function keptOutput(
  secrets: readonly Secret[],
  progress: ReadProgress | undefined,
  telling: Pick<HeartbeatState, 'progress'>,
): KeptOutput {
  const redact = redactor(secrets)
  // More than is given out: a secret that the cut goes through would else be half there and not be found.
  const keepBytes = TAIL_BYTES + longestForm(secrets)
  const tails = { out: new OutputTail(keepBytes), err: new OutputTail(keepBytes) }
  const readLine = lineReader((line) => {
    const read = progress?.(redact(line))
    if (read !== undefined) telling.progress(read)
  })
  const given = (tail: OutputTail): string => lastBytes(redact(tail.text()), TAIL_BYTES)
  return {
    keepBytes,
    take(stream: 'out' | 'err', bytes: Buffer): void {
      tails[stream].push(bytes)
      if (progress !== undefined) readLine(bytes)
    },
    answer: ({ code }: EndFrame, skippedBytes: number): Answer => ({
      exitCode: Number(code) || 0,
      stdout: given(tails.out),
      stderr: given(tails.err),
      stdoutBytes: skippedBytes + tails.out.length,
    }),
  }
}
