import { createHash, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Settings } from './settings.ts'

const ISSUER = 'miyabi'
const AUDIENCE = 'miyabi-api'
/** No other algorithm is accepted, `none` least of all. */
const ALGORITHM = 'HS256'

type Keys = Pick<Settings, 'jwtSecret' | 'tokenSeconds'>

/** Whom a token names. */
export interface Bearer {
  readonly user: string
  readonly session: string
}

/** Returns an access token, valid for `tokenSeconds`; negative: expired so long ago. */
export function signToken({ user, session }: Bearer, { jwtSecret, tokenSeconds }: Keys): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ sid: session })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(user)
    .setIssuedAt(now)
    .setExpirationTime(now + tokenSeconds)
    .sign(jwtSecret)
}

/** Returns whom a token names; undefined where it is forged, expired or for somebody else. */
export async function verifyToken(
  token: string,
  { jwtSecret }: Pick<Keys, 'jwtSecret'>,
): Promise<Bearer | undefined> {
  try {
    const { payload } = await jwtVerify(token, jwtSecret, {
      ...{ algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE },
      requiredClaims: ['sub', 'exp', 'sid'],
    })
    return { user: String(payload.sub), session: String(payload['sid']) }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

/** A token that only its hash is stored of. */
export function createRefreshToken(): string {
  return randomBytes(32).toString('base64url')
}

export function hashOf(refreshToken: string): Buffer {
  return createHash('sha256').update(refreshToken).digest()
}
