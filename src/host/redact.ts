import type { Secret } from '../shell/secret.ts'

// Shorter ones would blot out half of every text, and their base64 would match by chance.
const SHORTEST = 4
const SHORTEST_ENCODED = 6

export type Redact = (text: string) => string

/**
 * Replaces secrets by ‹secret›: as they are, URL-encoded, as in JSON, and in base64, also within a longer text's base64.
 * Secrets under 4 characters are left alone.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const forms = secrets
    .map((secret) => secret.reveal())
    .filter((value) => value.length >= SHORTEST)
    .flatMap(formsOf)
  // The longest first, or a part would be replaced and leave the rest to be read.
  const sorted = [...new Set(forms)].sort((one, other) => other.length - one.length)
  if (sorted.length === 0) return (text) => text
  const pattern = new RegExp(
    sorted.map((form) => form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
    'g',
  )
  return (text) => text.replace(pattern, '‹secret›')
}

/** How many bytes a secret can take in its longest form: a text cut nearer than that may hold half of one. */
export function longestForm(secrets: readonly Secret[]): number {
  return Math.max(0, ...secrets.map((secret) => 6 * Buffer.byteLength(secret.reveal())))
}

function formsOf(value: string): readonly string[] {
  const base64 = [0, 1, 2]
    .flatMap((shift) => base64Within(value, shift))
    .filter((form) => form.length >= SHORTEST_ENCODED)
  const whole = Buffer.from(value).toString('base64')
  const inJson = JSON.stringify(value).slice(1, -1)
  // The shell's own spelling, as `set -x` prints it.
  const quoted = value.replaceAll("'", `'\\''`)
  return [value, encodeURIComponent(value), inJson, quoted, whole, whole.replace(/=+$/, ''), ...base64]
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
    .filter((form) => form.length >= SHORTEST)
}

/** The characters that the base64 of any longer text holds, where the value begins `shift` bytes into a group of three. */
function base64Within(value: string, shift: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
  const whole = bytes.subarray(shift === 0 ? 0 : 3, bytes.length - (bytes.length % 3))
  return [whole.toString('base64')]
}
