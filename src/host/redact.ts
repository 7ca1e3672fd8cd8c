import type { Secret } from '../shell/secret.ts'

// Shorter ones would blot out half of every text, and their base64 would match by chance.
const SHORTEST = 4
const SHORTEST_ENCODED = 6
// A key of several lines is printed line by line; "-----END" and the like are in every other text.
const SHORTEST_LINE = 12

export type Redact = (text: string) => string

/**
 * Replaces secrets by ‹secret›: as they are, each line of one that has several, as shells, JSON and URLs write them, and
 * in base64, also within a longer text's and over its line ends. Secrets under 4 characters are left alone.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const values = secrets.map((secret) => secret.reveal()).flatMap((value) => [value, ...linesOf(value)])
  const known = [...new Set(values)].filter((value) => value.length >= SHORTEST)
  const plain = known.flatMap(writtenForms).filter((form) => form.length >= SHORTEST)
  const encoded = known.flatMap(base64Forms).filter((form) => form.length >= SHORTEST_ENCODED)
  // The longest first, or a part would be replaced and leave the rest to be read.
  const patterns = [
    ...[...new Set(plain)].map((form) => ({ length: form.length, pattern: escaped(form) })),
    // base64 breaks its lines where it likes.
    ...[...new Set(encoded)].map((form) => ({
      length: form.length,
      pattern: [...form].map(escaped).join('(?:\\r?\\n)?'),
    })),
  ].sort((one, other) => other.length - one.length)
  if (patterns.length === 0) return (text) => text
  const pattern = new RegExp(patterns.map((one) => one.pattern).join('|'), 'g')
  return (text) => text.replace(pattern, '‹secret›')
}

/** How many bytes a secret can take in its longest form: a text cut nearer than that may hold half of one. */
export function longestForm(secrets: readonly Secret[]): number {
  return Math.max(0, ...secrets.map((secret) => 8 * Buffer.byteLength(secret.reveal())))
}

function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/)
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE)
}

/** As it stands, and as it is written inside quotes, JSON, and addresses. */
function writtenForms(value: string): readonly string[] {
  const inJson = jsonInside(value)
  const inUrl = encodeURIComponent(value)
  // A form's spaces are plus signs, and some encode what encodeURIComponent leaves.
  const inForm = new URLSearchParams({ v: value }).toString().slice(2)
  return [
    value,
    // The shell's own spellings: `set -x`, double quotes, and bash's printf %q.
    value.replaceAll("'", `'\\''`),
    value.replaceAll("'", `'"'"'`),
    value.replace(/["$`\\]/g, '\\$&'),
    value.replace(/[^A-Za-z0-9_@%+=:,./\n-]/g, '\\$&'),
    ...[inJson, inJson.replaceAll('/', '\\/'), jsonInside(inJson)],
    ...[inUrl, inForm].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]),
  ]
}

function jsonInside(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

/** Whole, and the characters that the base64 of any longer text holds, wherever the value begins in it. */
function base64Forms(value: string): readonly string[] {
  const whole = Buffer.from(value).toString('base64')
  return [whole, whole.replace(/=+$/, ''), ...[0, 1, 2].map((shift) => base64Within(value, shift))].flatMap(
    (form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')],
  )
}

/** Where the value begins `shift` bytes into a group of three. */
function base64Within(value: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
  return bytes.subarray(shift === 0 ? 0 : 3, bytes.length - (bytes.length % 3)).toString('base64')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
