import { createHash, randomBytes } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { createPrivateFile, KeyRefused, readPrivateFile } from '../private-file.ts'

const KEY_BYTES = 32
const LINE = /^([a-z0-9]{8}) ([A-Za-z0-9+/]{43}=)$/

/** A key that encrypts payloads. Its id stands in each payload, and reveals nothing of the key. */
export interface CodecKey {
  readonly id: string
  readonly key: Buffer
}

/** The keys of an installation. The first encrypts; each decrypts. */
export type CodecKeys = readonly [CodecKey, ...CodecKey[]]

/** Returns a random key of 32 bytes. */
export function newCodecKey(): CodecKey {
  return codecKey(randomBytes(KEY_BYTES))
}

/** Reads a file of keys that only its owner can read; undefined where there is none. @throws KeyRefused */
export function readCodecKeys(file: string): CodecKeys | undefined {
  const text = readPrivateFile(file, 'the file of codec keys')
  return text === undefined ? undefined : parseCodecKeys(text, file)
}

/** @throws KeyRefused for anything but what `codecKeysText` gives */
export function parseCodecKeys(text: string, file: string): CodecKeys {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const keys = lines.map((line, index) => {
    const [, id, key] = LINE.exec(line.trim()) ?? []
    const parsed = codecKey(Buffer.from(key ?? '', 'base64'))
    // An id that does not fit its key would encrypt what nobody else can read.
    if (parsed.id === id) return parsed
    throw new KeyRefused(
      `line ${index + 1} of ${file} holds no codec key`,
      'reinstate codec export, where the keys are whole',
    )
  })
  const [first, ...others] = keys
  if (first === undefined)
    throw new KeyRefused(`${file} holds no codec key`, 'reinstate codec export, where the keys are whole')
  return [first, ...others]
}

/** A line for each key: its id and the key in base64. */
export function codecKeysText(keys: CodecKeys): string {
  return keys.map(({ id, key }) => `${id} ${key.toString('base64')}\n`).join('')
}

/** Replaces the file as a whole, with mode 0600: a reader never sees a part of it. */
export function writeCodecKeys(file: string, keys: CodecKeys): void {
  const written = `${file}.${randomBytes(8).toString('hex')}`
  createPrivateFile(written, codecKeysText(keys))
  try {
    renameSync(written, file)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
}

function codecKey(key: Buffer): CodecKey {
  const sum = createHash('sha256').update('reinstate codec key id\n').update(key).digest('hex')
  return { id: sum.slice(0, 8), key }
}
