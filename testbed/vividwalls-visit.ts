import { request } from 'node:https'
import type { TestHost } from './test-host.ts'

export interface Visit {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

interface Options {
  readonly method?: 'GET' | 'POST'
  readonly body?: string
  /** Of the test host; Default: 443. */
  readonly port?: number
  readonly timeoutSeconds?: number
}

/**
 * Asks for an https URL whose name leads to the test host, from this machine, each time in a connection of its own.
 * Any certificate will do: who answers is told by what it says. @throws where nobody answers in time
 */
export function visit(testHost: TestHost, url: string, options: Options = {}): Promise<Visit> {
  const { method = 'GET', body, port = 443, timeoutSeconds = 10 } = options
  const { hostname, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port: testHost.httpPort(port), servername: hostname },
        ...{ method, path: pathname + search, headers: { host: hostname }, agent: false },
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.once('error', reject)
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}
