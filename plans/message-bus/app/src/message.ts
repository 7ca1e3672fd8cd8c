import { createHash, randomUUID } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Damaged } from './errors.ts'

/** A message before it is sent. Its id is made first, so that sending it again is the same message. */
export interface Message {
  readonly id: string
  readonly type: string
  readonly source: string
  readonly session?: string | undefined
  readonly request?: string | undefined
  /** Default: MESSAGE_BUS_TTL_HOURS. */
  readonly ttlSeconds?: number | undefined
  readonly body: Buffer
  /** Over the bytes of `body`. */
  readonly sha256: Buffer
}

export type Compression = 'none' | 'gzip'

/** A body as the bus stores it. */
export interface Packed {
  readonly compression: Compression
  readonly bytes: Buffer
}

export function createMessage(
  body: Buffer,
  facts: Omit<Message, 'id' | 'body' | 'sha256' | 'type'> & { readonly id?: string; readonly type?: string },
): Message {
  const { id = randomUUID(), type = 'message', ...rest } = facts
  return { ...rest, id, type, body, sha256: sha256Of(body) }
}

export function sha256Of(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

const SAMPLE_BYTES = 16 * 1024
/** Below, compressing takes longer than storing. */
const COMPRESSED_FROM_BYTES = 4 * 1024

/** Compresses a body from 4 KB where that saves a tenth, judged by its first 16 KB. Level 1: a sender waits for it. */
export async function pack(body: Buffer, compression: Compression): Promise<Packed> {
  if (compression === 'none' || body.length < COMPRESSED_FROM_BYTES)
    return { compression: 'none', bytes: body }
  const sample = body.subarray(0, SAMPLE_BYTES)
  const packed = await promisify(gzip)(sample, { level: 1 })
  if (packed.length > sample.length * 0.9) return { compression: 'none', bytes: body }
  return {
    compression: 'gzip',
    bytes: sample.length === body.length ? packed : await promisify(gzip)(body, { level: 1 }),
  }
}

/** Returns the raw bytes. @throws Damaged if they cannot be unpacked to exactly `size` bytes */
export async function unpack(id: string, { compression, bytes }: Packed, size: number): Promise<Buffer> {
  const body =
    compression === 'none'
      ? bytes
      : await promisify(gunzip)(bytes, { maxOutputLength: size + 1 }).catch((error: Error) => {
          throw new Damaged(id, error.message)
        })
  if (body.length !== size) throw new Damaged(id, `it has ${body.length} bytes instead of ${size}`)
  return body
}

/** @throws Damaged if the bytes have another sum */
export function checkSum(id: string, body: Buffer, expected: Buffer): void {
  const found = sha256Of(body)
  if (!found.equals(expected))
    throw new Damaged(id, `its SHA-256 is ${found.toString('hex')} instead of ${expected.toString('hex')}`)
}

/** A longer body would be stored twice for the sake of queries. */
const PROJECTION_BYTES = 64 * 1024

/** Returns the text that the database tries to project to jsonb; null if jsonb cannot hold it for sure, or it is longer than 64 KB. */
export function projectable(body: Buffer): string | null {
  if (body.length > PROJECTION_BYTES || !isUtf8(body)) return null
  const text = body.toString()
  return /^\s*[[{]/.test(text) && !/\0|\\u0000/.test(text) ? text : null
}
