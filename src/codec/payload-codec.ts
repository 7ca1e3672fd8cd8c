import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import type { CodecKeysPlace } from '../config.ts'
import { ReinstateError } from '../errors.ts'
import { KeyRefused } from '../private-file.ts'
import { readCodecKeys } from './keys.ts'
import type { CodecKey, CodecKeys } from './keys.ts'

const ENCODING = 'binary/encrypted'
const KEY_ID = 'encryption-key-id'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const { Payload: PayloadMessage } = proto.temporal.api.common.v1

/** A payload is encrypted with a key that is not in the file, or was changed after its encryption. */
export class PayloadUnreadable extends ReinstateError {
  override readonly name = 'PayloadUnreadable'
  constructor(
    reason: string,
    about: { readonly keyId: string; readonly file: string; readonly next: string },
  ) {
    super(`${reason}\n  next: ${about.next}`, { reason, ...about })
  }
}

/** The payload is encrypted with a key that is not in the file. */
export class CodecKeyUnknown extends PayloadUnreadable {}

/**
 * Encrypts payloads with AES-256-GCM under the first key of the file, and decrypts with each of its keys. Without the file it
 * leaves payloads as they are, and a file that appears later is ignored. It reads the file again when it has changed, so that a
 * rotation needs no restart. A process that had keys never writes a payload in plain text, but reads one as it is.
 *
 * @throws KeyRefused for a file that is no file of keys, and for a named one that is missing
 *
 * `encode` throws KeyRefused, `decode` KeyRefused and PayloadUnreadable: the task fails, and Temporal tries it again.
 */
export function payloadCodec(place: CodecKeysPlace): PayloadCodec {
  const { file } = place
  const keys = keysOf(place)
  keys()
  return {
    encode: async (payloads) => {
      const [current] = keys() ?? []
      return current === undefined ? payloads : payloads.map((payload) => encrypted(payload, current))
    },
    decode: async (payloads) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypted(payload, keys() ?? [], file) : payload)),
  }
}

/** Whether this codec's encoding is in the payload's metadata. */
export function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.['encoding']) === ENCODING
}

/** Reads the keys at first, and whenever the file has changed since. */
function keysOf({ file, isNamed }: CodecKeysPlace): () => CodecKeys | undefined {
  let known: CodecKeys | undefined
  let knownAs: string | undefined
  return () => {
    // A worker without keys has a bundle that would leave the messages of failures in plain text.
    if (knownAs === '') return undefined
    const found = statSync(file, { throwIfNoEntry: false })
    const foundAs = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (foundAs === knownAs) return known
    const read = readCodecKeys(file)
    if (read === undefined && (isNamed || known !== undefined))
      throw new KeyRefused(`the file of codec keys ${file} is missing`, 'reinstate codec import FILE')
    known = read
    knownAs = foundAs
    return known
  }
}

/** The metadata of the payload is encrypted with its data. The id of the key is authenticated. */
function encrypted(payload: Payload, { id, key }: CodecKey): Payload {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(authenticated(id))
  const text = cipher.update(PayloadMessage.encode(payload).finish())
  return {
    metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]),
  }
}

function decrypted({ metadata, data }: Payload, keys: readonly CodecKey[], file: string): Payload {
  // Anybody who reaches Temporal can write it.
  const keyId = textOf(metadata?.[KEY_ID])
    .replace(/[^\w-]/g, '?')
    .slice(0, 40)
  const key = keys.find(({ id }) => id === keyId)?.key
  if (key === undefined) {
    const held = keys.length === 0 ? 'does not exist' : `holds ${keys.map(({ id }) => id).join(', ')}`
    throw new CodecKeyUnknown(`a payload is encrypted with the codec key "${keyId}"; ${file} ${held}`, {
      ...{ keyId, file },
      next: 'reinstate codec export, on a worker that has the key; then here: reinstate codec import FILE',
    })
  }
  const bytes = Buffer.from(data ?? [])
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(authenticated(keyId)).setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    return PayloadMessage.decode(Buffer.concat([text, decipher.final()]))
  } catch {
    throw new PayloadUnreadable(
      `a payload does not match its codec key "${keyId}": it was changed or forged`,
      {
        ...{ keyId, file },
        next: 'find out who reaches the port or the database of Temporal',
      },
    )
  }
}

function authenticated(keyId: string): Buffer {
  return Buffer.from(`payload of reinstate, form 1\n${keyId}`)
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}
