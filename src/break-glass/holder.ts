import type { RunRef } from '../workflows/messages.ts'

/** Who holds a host's lock: a run of some Temporal, or a person who broke the glass. */
export type Holder =
  | { readonly is: 'run'; readonly ref: RunRef; readonly cluster: string; readonly namespace: string }
  | { readonly is: 'person'; readonly ref: RunRef; readonly who: string }
  | { readonly is: 'unknown' }

/** What Temporal says of the run that holds a lock. */
export interface Verdict {
  readonly says: 'open' | 'closed' | 'unknown'
  readonly why: string
}

/** The holder as it is written in the lock of somebody who rolls a run back without Temporal. */
export function holderByHand(who: string, { run, token }: RunRef): string {
  return `by-hand/${who.replaceAll(/[/ ]/g, '-')}/${token} ${run}`
}

/** Reads what `takeHostLock` or {@link holderByHand} wrote. */
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

/** The holder as people are told of it. */
export function holderWords(holder: string): string {
  const parsed = parseHolder(holder)
  if (parsed.is === 'run') return `run ${parsed.ref.run}`
  if (parsed.is === 'person') return `${parsed.who}, who rolls back ${parsed.ref.run} by hand`
  return holder
}
