import { createCipheriv, createHash } from 'node:crypto'

/** What a body is made of: JSON with duplicate keys, `1.0` and \u0000; text with NUL bytes; bytes without a pattern. */
export type Content = 'json' | 'nul' | 'random'
export const contents: readonly Content[] = ['json', 'nul', 'random']

/** Makes the same bytes for the same seed, content and length. At least 512 bytes. */
export function bodyOf(seed: string, content: Content, bytes: number): Buffer {
  const noise = keystream(seed, bytes)
  if (content === 'random') return noise
  const start = content === 'json' ? jsonStart(seed) : `${seed} with NUL bytes \0\0 and lines\r\n`
  const end = content === 'json' ? '"}\n' : '\0'
  // A quarter of noise, the rest repeats it: about as compressible as text.
  const text = noise.toString('base64', 0, Math.ceil(bytes / 5)).repeat(5)
  const filler = Buffer.from(text.slice(0, bytes - Buffer.byteLength(start) - Buffer.byteLength(end)))
  return Buffer.concat([Buffer.from(start), filler, Buffer.from(end)])
}

function jsonStart(seed: string): string {
  return `{"seed": ${JSON.stringify(seed)}, "version": 1.0, "version": 1.00, "nul": "\\u0000", "big": 12345678901234567890,  "filler": "`
}

function keystream(seed: string, bytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}
