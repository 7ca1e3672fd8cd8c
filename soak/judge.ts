import { existsSync, readFileSync } from 'node:fs'
import type { Outcome } from './client.ts'
import { ownerOf } from './injure.ts'
import type { Wrong } from './tally.ts'
import type { Work } from './work.ts'

interface Found {
  readonly wrong: Wrong
  readonly what: string
}

/** Returns the invariant that an outcome violates, given the command's effect; undefined for a correct outcome. */
export function judged(
  work: Work,
  outcome: Outcome | undefined,
  { root, killed }: { readonly root: string; readonly killed: ReadonlySet<string> },
): Found | undefined {
  if (outcome === undefined) return { wrong: 'stuck', what: 'it did not end' }
  const did = existsSync(work.counter) ? readFileSync(work.counter, 'latin1') : ''
  const what = JSON.stringify({ ...outcome, did })
  if (did.startsWith('xx')) return { wrong: 'doubled', what }
  switch (outcome.name) {
    case 'done':
    case 'CommandFailed':
      if (did !== 'xe') return { wrong: 'lost', what }
      if (outcome.code !== String(work.code)) return { wrong: 'wrong exit codes', what }
      return isWhole(work, outcome) ? undefined : { wrong: 'output gaps', what }
    case 'NotStarted':
      return killed.has(ownerOf(root, work)) && did === '' ? undefined : { wrong: 'false states', what }
    case 'OutcomeUnknown':
      if (outcome.state === 'record-lost') return { wrong: 'lost', what }
      return outcome.state === 'interrupted' && killed.has(ownerOf(root, work))
        ? undefined
        : { wrong: 'false states', what }
    default:
      return { wrong: 'false states', what }
  }
}

function isWhole({ stdout, stderr }: Work, outcome: Outcome): boolean {
  if (outcome.name === 'done') return outcome.stdout === stdout && outcome.stderr === stderr
  return outcome.tail === [stdout, stderr].filter(Boolean).join('\n')
}
