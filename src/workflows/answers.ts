/** What counts as an answer to a decision, and who may give it. Pure. */
import type { Choice, Decision, DecisionAnswer } from './status.ts'
import { cut } from './text.ts'

/** Anything larger is recorded as too large, without its content. */
const MOST_BYTES = 16 * 1024
/** No decision, choice, name, digest or reason is longer; what is longer is cut before any message quotes it. */
const MOST_CHARACTERS = 200
/** In base64. That of an RSA key of 8192 bits has 2,900. */
const MOST_SIGNATURE_CHARACTERS = 8192

/**
 * Reads an answer from any payload, also from JSON in a string. Never throws. @returns the answer, or the reason why the
 * payload is none.
 */
export function readAnswer(raw: unknown): DecisionAnswer | string {
  if (sizeOf(raw) > MOST_BYTES) return 'the answer is larger than 16 KiB'
  const value = typeof raw === 'string' ? parsed(raw) : raw
  if (typeof value !== 'object' || value === null)
    return 'the answer is not an object with decision, choice and by'
  const text = (key: keyof DecisionAnswer): string | undefined => {
    const part = (value as Record<string, unknown>)[key]
    return typeof part === 'string' && part.trim() !== '' ? cut(part, MOST_CHARACTERS) : undefined
  }
  const [decision, choice, by] = [text('decision'), text('choice'), text('by')]
  if (decision === undefined) return 'decision is missing'
  if (choice === undefined) return 'choice is missing'
  if (by === undefined) return 'by is missing: the name of the person who decides'
  if (isPlaceholder(by)) return `"${by}" names nobody: by is the name of the person who decides`
  const [digest, reason, signedAt] = [text('digest'), text('reason'), text('signedAt')]
  const { signature: given } = value as Record<string, unknown>
  const signature = signatureIn(given)
  if (signature === undefined && given !== undefined) return 'the signature is not what reinstate sign prints'
  return {
    decision,
    // Compared with the open decision's own choices by `objectionTo`.
    choice: choice as Choice,
    by,
    ...(digest === undefined ? {} : { digest }),
    ...(reason === undefined ? {} : { reason }),
    ...(signedAt === undefined ? {} : { signedAt }),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** `by` of the answer that a run gives itself when a question expires. */
export const NOBODY = 'nobody'

/** The placeholder for a name in examples and in commands. */
const PLACEHOLDERS = ['', 'NAME', 'YOUR NAME', 'YOUR-NAME', 'YOURNAME', '<NAME>', '<YOUR NAME>', 'NOBODY']

/** Whether a name is a placeholder that somebody pasted unchanged. */
export function isPlaceholder(name: string): boolean {
  return PLACEHOLDERS.some((one) => isSameName(one, name))
}

/** The base64 of a signature, also from the form that ssh-keygen writes. */
function signatureIn(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > MOST_SIGNATURE_CHARACTERS) return undefined
  const base64 = given.replace(/-----[A-Z ]+-----|\s/g, '')
  return /^[A-Za-z0-9+/]+=*$/.test(base64) ? base64 : undefined
}

/** A payload for a record: at most 500 characters; without content if the payload is too large. */
export function printable(raw: unknown): string {
  return sizeOf(raw) > MOST_BYTES ? 'too large' : cut(JSON.stringify(raw) ?? 'nothing', 500)
}

type Asked = Pick<Decision, 'kind' | 'choices' | 'approvers' | 'signed' | 'digest'>

/**
 * Why an answer to an open decision is refused; undefined if it is accepted. An answer that only approvers may give must
 * name an approver and, if the decision demands it, carry a signature. Unless it declines, it must quote the digest of what
 * was shown; a signed answer always quotes it. The person who started the run may neither approve it nor pass over a failed
 * proof. `decisions.ts` has verified the signature before.
 */
export function objectionTo(
  {
    choice,
    by,
    digest,
    reason,
    signature,
  }: Pick<DecisionAnswer, 'choice' | 'by' | 'digest' | 'reason' | 'signature'>,
  asked: Asked,
  startedBy: string | undefined,
): string | undefined {
  const { choices, approvers } = asked
  const known = choices.map((one) => one.choice)
  if (!known.includes(choice)) return `${choice} is not one of ${known.join(', ')}`
  const isApprover = approvers.some((one) => isSameName(one, by))
  if (needsApprover(asked, choice) && !isApprover)
    return `${by} may not decide this; approvers: ${approvers.join(', ')}`
  if (isClosedToStarter(asked, choice) && (startedBy === undefined || isSameName(by, startedBy))) {
    if (startedBy === undefined) return 'the run does not name who started it, so nobody may approve it'
    const others = approvers.filter((one) => !isSameName(one, startedBy))
    return `${by} started this run and may not answer ${choice}; other approvers: ${others.join(', ') || 'none'}`
  }
  if (signature === undefined && needsSignature(asked, choice))
    return `${choice} has to be signed by an approver: reinstate decide signs it, reinstate sign prints it to paste`
  if (needsReason(asked, choice) && (reason === undefined || isSameName(reason, PLACEHOLDER_REASON)))
    return `the reason is missing: not every criterion is proven, so ${choice} must say why`
  // The right digest is not printed here: it has to come from what was shown.
  if ((needsDigest(asked, choice) || signature !== undefined) && digest !== asked.digest)
    return digest === undefined
      ? `the digest is missing: ${choice} must name the digest of what is shown`
      : `${digest} is not the digest of what is shown now; read what is shown, and answer with its digest`
  return undefined
}

/** The choices of a decision, the recommended one first. */
export function answersInOrder({
  choices,
  advice,
}: Pick<Decision, 'choices' | 'advice'>): Decision['choices'] {
  return [...choices].sort(
    (one, other) => Number(other.choice === advice.choice) - Number(one.choice === advice.choice),
  )
}

/** Decisions to which only approvers may give any answer. For other decisions this holds for choices that are `guarded`. */
const WHOLLY_GUARDED: readonly Decision['kind'][] = ['gate', 'attest', 'rollback']

/** Whether only approvers may give this answer. */
export function needsApprover(
  { kind, choices, approvers }: Pick<Asked, 'kind' | 'choices' | 'approvers'>,
  choice: Choice,
): boolean {
  const isGuarded = choices.some((one) => one.choice === choice && one.guarded === true)
  return approvers.length > 0 && (WHOLLY_GUARDED.includes(kind) || isGuarded)
}

/** Whether only approvers may give any answer at all. */
export function isWhollyGuarded(asked: Pick<Asked, 'kind' | 'choices' | 'approvers'>): boolean {
  return asked.choices.every(({ choice }) => needsApprover(asked, choice))
}

/**
 * Whether the answer must name the digest of what was shown: an approval, or a guarded choice of a decision with approvers.
 */
export function needsDigest({ choices, approvers, digest }: Asked, choice: Choice): boolean {
  const isGuarded = approvers.length > 0 && choices.some((one) => one.choice === choice && one.guarded)
  return digest !== undefined && (choice === 'approve' || isGuarded)
}

/** What stands for the reason in examples and in commands. */
export const PLACEHOLDER_REASON = 'WHY'

/** Whether the answer must say why. */
export function needsReason({ choices }: Pick<Asked, 'choices'>, choice: Choice): boolean {
  return choices.some((one) => one.choice === choice && one.needsReason === true)
}

/** Whether the answer counts only with the signature of an approver. */
export function needsSignature(asked: Asked, choice: Choice): boolean {
  return asked.signed === true && needsApprover(asked, choice)
}

function isClosedToStarter(asked: Asked, choice: Choice): boolean {
  const approves = asked.kind === 'gate' && choice === 'approve'
  const passesOver = choice === 'skip' || choice === 'mark-done'
  return approves ? asked.approvers.length > 0 : passesOver && needsApprover(asked, choice)
}

/** Whether two names are the same to people: blanks, case, width and invisible characters do not make another name. */
export function isSameName(one: string, other: string): boolean {
  return foldedName(one) === foldedName(other)
}

function foldedName(name: string): string {
  // Upper case first: `ß` and `ſ` have no other lower case that they share with `ss` and `s`.
  return name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim()
}

function sizeOf(raw: unknown): number {
  return typeof raw === 'string' ? raw.length : (JSON.stringify(raw) ?? '').length
}

/** JSON as its value; other text as it is. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
