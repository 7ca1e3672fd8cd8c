import type { Secret } from '../shell/secret.ts'

// Shorter ones would blot out half of every text, and their base64 would match by chance.
const SHORTEST = 4
const SHORTEST_ENCODED = 6
// A key of several lines is printed line by line; "-----END" and the like are in every other text.
const SHORTEST_LINE = 12
const HIDDEN = '‹secret›'

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
  const [all, folded] = [longestFirst([...plain, ...encoded]), longestFirst(encoded)]
  if (all.length === 0) return (text) => text
  return (text) => {
    // By plain search, not by one large pattern: compiling that took seconds for a key of many lines.
    const shown = all.reduce((before, form) => before.replaceAll(form, HIDDEN), text)
    return shown.includes('\n') ? withoutFolded(shown, folded) : shown
  }
}

/** How many bytes a secret can take in its longest form: a text cut nearer than that may hold half of one. */
export function longestForm(secrets: readonly Secret[]): number {
  return Math.max(0, ...secrets.map((secret) => 8 * Buffer.byteLength(secret.reveal())))
}

/** The longest first, or a part would be replaced and leave the rest to be read. */
function longestFirst(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].sort((one, other) => other.length - one.length)
}

/** base64 breaks its lines where it likes: searched for in the text without line ends, cut out of the text with them. */
function withoutFolded(text: string, forms: readonly string[]): string {
  const joined = text.replaceAll(/\r?\n/g, '')
  const found = forms.flatMap((form) => placesOf(form, joined))
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

function placesOf(form: string, text: string): { readonly from: number; readonly to: number }[] {
  const places = []
  for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + 1))
    places.push({ from, to: from + form.length })
  return places
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
