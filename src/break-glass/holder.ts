import type { RunRef } from '../workflows/messages.ts'

/** The holder of a host's lock: a run of some Temporal, or a person who rolls back without Temporal. */
export type Holder =
  | { readonly is: 'run'; readonly ref: RunRef; readonly cluster: string; readonly namespace: string }
  | { readonly is: 'person'; readonly ref: RunRef; readonly who: string }
  | { readonly is: 'unknown' }

/** Whether a run is open, according to Temporal. */
export interface RunOpenness {
  readonly state: 'open' | 'closed' | 'unknown'
  readonly why: string
  /** ISO time since which an open run waits at an unlocked gate and holds no lock. */
  readonly unlockedSince?: string
}

/** The holder text in the lock of a person who rolls a run back without Temporal. */
export function manualHolder(who: string, { run, token }: RunRef): string {
  return `by-hand/${who.replaceAll(/[/ ]/g, '-')}/${token} ${run}`
}

/** Reads what `takeHostLock` or {@link manualHolder} wrote. */
export function parseHolder(holder: string): Holder {
  const byHand = /^by-hand\/([^/ ]+)\/([^/ ]+) (\S+)$/.exec(holder)
  if (byHand) {
    const [, who = '', token = '', run = ''] = byHand
    return { is: 'person', who, ref: { run, token } }
  }
  const [, cluster, namespace, token, run] = /^([^/ ]+)\/([^/ ]+)\/([^/ ]+) (\S+)$/.exec(holder) ?? []
  if (cluster === undefined || namespace === undefined || token === undefined || run === undefined)
    return { is: 'unknown' }
  return { is: 'run', ref: { run, token }, cluster, namespace }
}

/** The holder as text. */
export function describeHolder(holder: string): string {
  const parsed = parseHolder(holder)
  if (parsed.is === 'run') return `run ${parsed.ref.run}`
  if (parsed.is === 'person') return `${parsed.who}, for a rollback of ${parsed.ref.run} without Temporal`
  return holder
}
