import { gunzipSync } from 'node:zlib'
import { secretForms } from './secret-forms.ts'

/** Secrets by name. */
export type Secrets = Readonly<Record<string, string>>

const SHORTEST = 8
/** Both ends of a canary are searched, to find parts of a split one. */
const END = 14

/**
 * Returns a function that finds secrets in bytes, with their form: "SMTP_PASSWORD in a URL". Finds the secret `canary` also by
 * either end.
 */
export function searchFor(secrets: Secrets, canary?: string): (bytes: Buffer) => readonly string[] {
  const wanted = Object.entries(secrets).flatMap(([name, value]) =>
    Object.entries(secretForms(value)).map(([way, form]) => {
      const parts = name === canary ? [form.slice(0, END), form.slice(-END)] : [form]
      const long = parts.filter((part) => part.length >= SHORTEST)
      return { said: `${name} ${way}`, parts: long.map((part) => Buffer.from(part)) }
    }),
  )
  return (bytes) =>
    wanted.flatMap(({ said, parts }) => (parts.some((part) => bytes.includes(part)) ? [said] : []))
}

const DEEPEST = 6

/** Returns all texts in a JSON value, also decoded: base64, gzip, and JSON inside a text. */
export function* unpacked(value: unknown, depth = 0): Generator<Buffer> {
  if (depth > DEEPEST) return
  if (typeof value === 'string') yield* fromText(value, depth)
  else if (Array.isArray(value)) for (const one of value) yield* unpacked(one, depth)
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) {
      yield Buffer.from(name)
      yield* unpacked(one, depth)
    }
}

function* fromText(text: string, depth: number): Generator<Buffer> {
  yield Buffer.from(text)
  yield* fromJson(text, depth)
  if (!/^[\w+/=-]{8,}$/.test(text)) return
  const bytes = Buffer.from(text, 'base64')
  const plain = isGzip(bytes) ? gunzipSync(bytes) : bytes
  yield plain
  yield* fromJson(plain.toString(), depth)
}

function* fromJson(text: string, depth: number): Generator<Buffer> {
  if (!/^\s*["[{]/.test(text)) return
  try {
    yield* unpacked(JSON.parse(text) as unknown, depth + 1)
  } catch {
    // Not JSON.
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}
