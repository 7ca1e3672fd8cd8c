/** Counts the people who agree on an answer. Pure. */
import { isSameName, needsApprover, NOBODY } from './answers.ts'
import type { Choice, Decision, RecordedAnswer, Vote } from './status.ts'

/** How many people have to give this answer. One person is enough to decline. */
export function neededFor(
  asked: Pick<Decision, 'kind' | 'choices' | 'approvers' | 'quorum'>,
  choice: Choice,
): number {
  const turnsDown = choice === 'reject' || choice === 'stop'
  return turnsDown || !needsApprover(asked, choice) ? 1 : (asked.quorum ?? 1)
}

/**
 * Adds a vote, which replaces another answer of the same person. Undefined if the person has already given this answer.
 * Votes with the same name or with the same key are of the same person.
 */
export function withVote(collected: readonly Vote[], vote: Vote): readonly Vote[] | undefined {
  const own = collected.filter((one) => isSamePerson(one, vote))
  if (own.some(({ choice }) => choice === vote.choice)) return undefined
  return [...collected.filter((one) => !own.includes(one)), vote]
}

function isSamePerson(one: Vote, other: Vote): boolean {
  return isSameName(one.by, other.by) || (one.key !== undefined && one.key === other.key)
}

/** Whether the decision was still open after this answer: more people have to agree. */
export function isPartial({ counts }: { readonly counts?: RecordedAnswer['counts'] | undefined }): boolean {
  return counts !== undefined && counts.have < counts.of
}

/** The votes so far, one line for each answer: `approve: 1 of 2, by lead (key SHA256:…)`. Empty without a vote. */
export function quorumLines({
  quorum = 1,
  collected = [],
}: Pick<Decision, 'quorum' | 'collected'>): string[] {
  return [...new Set(collected.map(({ choice }) => choice))].map((choice) => {
    const votes = collected.filter((vote) => vote.choice === choice)
    return `${choice}: ${votes.length} of ${quorum}, by ${votes.map(signerOf).join(', ')}`
  })
}

/** Who may answer, and how that is verified: `lead, on-call (2 of them; each has to sign)`. */
export function approversText({
  approvers,
  signed,
  quorum = 1,
}: Pick<Decision, 'approvers' | 'signed' | 'quorum'>): string {
  const count = quorum > 1 ? `${quorum} of them; ` : ''
  return `${approvers.join(', ')} (${count}${signed ? 'each has to sign' : 'names are not verified'})`
}

/** `lead (key SHA256:…)`, or `lead (unverified)`. */
export function signerOf({ by, key }: Pick<Vote, 'by' | 'key'>): string {
  return `${by} (${key === undefined ? 'unverified' : `key ${key}`})`
}

/**
 * As `signerOf` for a recorded answer, with the number of its vote: `lead (unverified), 1 of 2`. For a timeout: `nobody`.
 */
export function recordedSigner({
  by = 'not said',
  key,
  counts,
}: Pick<RecordedAnswer, 'key' | 'counts'> & { readonly by?: string | undefined }): string {
  if (by === NOBODY) return by
  const place = counts === undefined ? '' : `, ${counts.have} of ${counts.of}`
  return `${signerOf({ by, ...(key === undefined ? {} : { key }) })}${place}`
}
