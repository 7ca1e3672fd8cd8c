import { randomBytes } from 'node:crypto'
import { createPrivateFile, KeyRefused, readPrivateFile } from './private-file.ts'

const BYTES = 32

/**
 * Reads the key that all workers of one Temporal share: 32 bytes as one line of base64, in a file that only its owner
 * can read. @throws KeyRefused
 */
export function readKey(file: string): Buffer {
  const key = readKeyIfThere(file)
  if (key === undefined) {
    throw new KeyRefused(
      `the workers' key ${file} is missing`,
      'reinstate key import FILE, with the key of your other workers; for the first worker: reinstate key create',
    )
  }
  return key
}

/** As `readKey`; undefined where there is no such file. @throws KeyRefused */
export function readKeyIfThere(file: string): Buffer | undefined {
  const text = readPrivateFile(file, "the workers' key")
  return text === undefined ? undefined : parseKey(text, file)
}

/** Creates the file with a random key. Returns false, and changes nothing, where the file exists. */
export function createKey(file: string): boolean {
  return writeKey(file, randomBytes(BYTES))
}

/** Writes a key with mode 0600, durably. Returns false, and changes nothing, where the file exists. */
export function writeKey(file: string, key: Buffer): boolean {
  try {
    createPrivateFile(file, keyText(key))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The key as a file holds it. */
export function keyText(key: Buffer): string {
  return `${key.toString('base64')}\n`
}

/** @throws KeyRefused for anything but what `keyText` gives */
export function parseKey(text: string, file: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === BYTES && keyText(key).trim() === text.trim()) return key
  throw new KeyRefused(
    `${file} does not hold a key of ${BYTES} bytes`,
    'reinstate key export, on a worker that has one',
  )
}
