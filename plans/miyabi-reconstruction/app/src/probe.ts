/** Sends requests to a service and counts the answers that are not as expected. */
export interface Probe {
  /** Sends one request. Returns the answer's JSON, or undefined where there is none. */
  readonly ask: (
    path: string,
    expected: {
      readonly status: number
      readonly method?: string
      readonly token?: string | undefined
      readonly send?: unknown
      /** What the answer must also satisfy. */
      readonly holds?: (body: string, headers: Headers) => boolean
    },
    // What the answer holds is known to who asks.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ) => Promise<any>
  /** Prints the sum as the last line. Returns the exit status. */
  readonly sum: (what: string) => number
}

export function createProbe(url: string): Probe {
  let requests = 0
  let wrong = 0
  return {
    ask: async (path, { status, method = 'GET', token, send, holds = () => true }) => {
      requests += 1
      const start = performance.now()
      const answer = await fetch(url + path, {
        method,
        signal: AbortSignal.timeout(20_000),
        headers: {
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(send !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(send !== undefined && { body: JSON.stringify(send) }),
      }).then(
        async (response) => ({
          status: response.status,
          headers: response.headers,
          body: await response.text(),
        }),
        (error: unknown) => ({ status: 0, headers: new Headers(), body: String(error) }),
      )
      const isRight = answer.status === status && holds(answer.body, answer.headers)
      if (!isRight) wrong += 1
      const milliseconds = Math.round(performance.now() - start)
      const verdict = isRight ? 'ok' : `WRONG, expected ${status}: ${answer.body.slice(0, 200)}`
      console.log(`${method} ${path}: ${answer.status}, ${milliseconds} ms, ${verdict}`)
      const isJson = answer.headers.get('Content-Type')?.startsWith('application/json')
      return isJson ? JSON.parse(answer.body) : undefined
    },
    sum: (what) => {
      console.log(`${what}: ${requests - wrong} of ${requests} answers are as documented`)
      return wrong === 0 ? 0 : 1
    },
  }
}
