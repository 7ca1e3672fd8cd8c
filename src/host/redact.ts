import type { Secret } from '../shell/secret.ts'

// Shorter secrets occur in every text, and their base64 would match by chance.
const SHORTEST = 4
const SHORTEST_ENCODED = 6
// Keys of several lines are printed line by line; short lines such as "-----END" occur in other texts too.
const SHORTEST_LINE = 12
const HIDDEN = '‹secret›'

export type Redact = (text: string) => string

/**
 * Returns a function that replaces secrets with ‹secret›: literally, line by line, as shells, JSON and URLs quote them, and
 * in base64, also inside the base64 of a longer text and across line breaks. Secrets under 4 characters are not replaced.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const values = secrets.map((secret) => secret.reveal()).flatMap((value) => [value, ...linesOf(value)])
  const known = [...new Set(values)].filter((value) => value.length >= SHORTEST)
  const plain = known.flatMap(writtenForms).filter((form) => form.length >= SHORTEST)
  const encoded = known.flatMap(base64Forms).filter((form) => form.length >= SHORTEST_ENCODED)
  const [all, folded] = [longestFirst([...plain, ...encoded]), longestFirst(encoded)]
  if (all.length === 0) return (text) => text
  return (text) => {
    // Plain searches: compiling one large pattern took seconds for a key of many lines.
    const shown = all.reduce((before, form) => before.replaceAll(form, HIDDEN), text)
    return shown.includes('\n') ? withoutFolded(shown, folded) : shown
  }
}

/** The longest form of any secret, in bytes. Text that is cut closer than that may contain a part of a secret. */
export function longestForm(secrets: readonly Secret[]): number {
  return Math.max(0, ...secrets.map((secret) => 8 * Buffer.byteLength(secret.reveal())))
}

/** Longest first: replacing a part would leave the rest readable. */
function longestFirst(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].sort((one, other) => other.length - one.length)
}

/** Replaces forms that are folded: searched in the text without line breaks, replaced in the text with them. */
function withoutFolded(text: string, forms: readonly string[]): string {
  const joined = text.replaceAll(/\r?\n/g, '')
  const found = forms.flatMap((form) => occurrences(form, joined))
  if (found.length === 0) return text
  const at: number[] = []
  for (let index = 0; index < text.length; index++) {
    const isEnd = text[index] === '\n' || (text[index] === '\r' && text[index + 1] === '\n')
    if (!isEnd) at.push(index)
  }
  let [shown, done] = ['', 0]
  for (const { from, to } of found.sort((one, other) => one.from - other.from || other.to - one.to)) {
    const [begin = text.length, end = text.length] = [at[from], at[to - 1]]
    if (begin >= done) shown += text.slice(done, begin) + HIDDEN
    done = Math.max(done, end + 1)
  }
  return shown + text.slice(done)
}

function occurrences(form: string, text: string): { readonly from: number; readonly to: number }[] {
  const places = []
  for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + 1))
    places.push({ from, to: from + form.length })
  return places
}

function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/)
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE)
}

/** The literal value, and its forms in shell quotes, JSON and URLs. */
function writtenForms(value: string): readonly string[] {
  const inJson = jsonInside(value)
  const inUrl = encodeURIComponent(value)
  // Forms write a space as a plus sign, and encode more characters than encodeURIComponent.
  const inForm = new URLSearchParams({ v: value }).toString().slice(2)
  return [
    value,
    // As `set -x`, double quotes and bash's printf %q write it.
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

/** The base64 of the value, and the characters that it contributes to the base64 of a longer text at any offset. */
function base64Forms(value: string): readonly string[] {
  const whole = Buffer.from(value).toString('base64')
  return [whole, whole.replace(/=+$/, ''), ...[0, 1, 2].map((shift) => base64Within(value, shift))].flatMap(
    (form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')],
  )
}

/** The value's characters in base64 if it begins `shift` bytes into a group of three. */
function base64Within(value: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
  return bytes.subarray(shift === 0 ? 0 : 3, bytes.length - (bytes.length % 3)).toString('base64')
}
