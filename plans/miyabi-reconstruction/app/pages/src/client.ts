/** An answer of the API that is no success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Asks the API as the person who is signed in. */
export interface Client {
  readonly isSignedIn: () => boolean
  readonly signIn: (email: string, password: string) => Promise<void>
  readonly signOut: () => Promise<void>
  /** Returns the answer's JSON. An expired token is renewed once. @throws ApiError */
  readonly ask: <Answer = unknown>(method: string, path: string, send?: object) => Promise<Answer>
}

const KEY = 'miyabi-tokens'

/** The tokens stay in `storage`; the pages use that of the tab. */
export function createClient(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  send: typeof fetch,
): Client {
  const tokens = () => JSON.parse(storage.getItem(KEY) ?? 'null') as Tokens | null
  const keep = (fresh: Tokens) => storage.setItem(KEY, JSON.stringify(fresh))

  const once = async (method: string, path: string, body?: object): Promise<unknown> => {
    const token = tokens()?.accessToken
    const response = await send(path, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (response.status === 204) return undefined
    const answer = (await response.json()) as { error?: string; problems?: string[] }
    if (response.ok) return answer
    throw new ApiError(response.status, [answer.error, ...(answer.problems ?? [])].join('; '))
  }
  // One for all requests that wait: a refresh token that is sent twice ends the session.
  let renewal: Promise<void> | undefined
  const renew = async ({ refreshToken }: Tokens) => {
    storage.removeItem(KEY)
    keep((await once('POST', '/api/auth/refresh', { refreshToken })) as Tokens)
  }
  const ask = async (method: string, path: string, body?: object) => {
    await renewal
    const used = tokens()
    try {
      return await once(method, path, body)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401 || used === null) throw error
      if (renewal === undefined && tokens()?.accessToken === used.accessToken)
        renewal = renew(used).finally(() => (renewal = undefined))
      await renewal
      return await once(method, path, body)
    }
  }
  return {
    isSignedIn: () => tokens() !== null,
    signIn: async (email, password) => {
      storage.removeItem(KEY)
      keep((await once('POST', '/api/auth/sign-in', { email, password })) as Tokens)
    },
    signOut: async () => {
      await ask('POST', '/api/auth/sign-out').finally(() => storage.removeItem(KEY))
    },
    // Each caller names the form that openapi.json documents for the path.
    ask: async <Answer>(method: string, path: string, body?: object) =>
      (await ask(method, path, body)) as Answer,
  }
}
