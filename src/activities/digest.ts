import { createHash } from 'node:crypto'

/** Sixteen hexadecimal characters of the sha256 over a JSON value. */
export function digest(value: unknown): Promise<string> {
  return Promise.resolve(createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16))
}
