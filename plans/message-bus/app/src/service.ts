import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Settings } from './config.ts'
import type { Log } from './log.ts'
import { reasonOf } from './log.ts'

/** What each command that runs until SIGTERM is given. */
export interface Service {
  readonly settings: Settings
  readonly log: Log
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal
}

const ALIVE = join(tmpdir(), 'bus-alive')
const ALIVE_SECONDS = 15

/** Says that the service works, for the health check of its container. To be called at least every ten seconds. */
export function sayAlive(): void {
  writeFileSync(ALIVE, String(Date.now()))
}

/** Whether the service in this container said so lately. */
export function isAlive(): boolean {
  try {
    return Date.now() - Number(readFileSync(ALIVE, 'utf8')) < ALIVE_SECONDS * 1000
  } catch {
    return false
  }
}

/** Does the work every so many seconds until the signal. An error is logged, and the work is tried again after five seconds at most. */
export async function repeat(
  { signal, log }: Pick<Service, 'signal' | 'log'>,
  { name, seconds }: { readonly name: string; readonly seconds: number },
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const isDone = await work().then(
      () => true,
      (error: unknown) => void log.warn({ reason: reasonOf(error) }, `${name} failed`),
    )
    await pause(isDone ? seconds : Math.min(5, seconds), signal)
  }
}

/** Waits so long, or until the signal. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => undefined)
}

/** Resolves at the signal. */
export async function stopOf(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
