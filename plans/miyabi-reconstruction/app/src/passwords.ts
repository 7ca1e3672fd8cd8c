import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)
const KEY_BYTES = 32
const SALT_BYTES = 16

/** Returns `scrypt:SALT:KEY` in base64url, with Node's default cost: 16 MiB and some 50 ms. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return ['scrypt', text(salt), text(await derive(password, salt, KEY_BYTES))].join(':')
}

/** Takes as long for an unknown user (`undefined`) as for a wrong password, so that nobody learns who has an account. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', key = ''] = (hash ?? NOBODY).split(':')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), KEY_BYTES)
  return timingSafeEqual(derived, Buffer.from(key, 'base64url')) && hash !== undefined
}

const text = (bytes: Buffer) => bytes.toString('base64url')
const NOBODY = ['scrypt', text(Buffer.alloc(SALT_BYTES)), text(Buffer.alloc(KEY_BYTES))].join(':')
