import { randomBytes } from 'node:crypto'
import type { HeartbeatDetails, Binding } from '../../src/host/host.ts'

/** A binding for one attempt at one step. Default: a new run token. */
export function binding(of: Partial<Binding> = {}): Binding & { readonly beats: HeartbeatDetails[] } {
  const beats: HeartbeatDetails[] = []
  return {
    runToken: `run-${randomBytes(4).toString('hex')}`,
    phase: 'restore',
    step: 'database',
    attempt: 1,
    signal: new AbortController().signal,
    beat: (details) => beats.push(details),
    secrets: [],
    ...of,
    beats,
  }
}
