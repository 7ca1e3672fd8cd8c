import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** An HTTP server on this machine that keeps what it gets. `answer` may leave a request without an answer. */
export async function openReceiver(
  answer: (response: ServerResponse, received: Received) => void = (response) => void response.end('ok'),
  wanted = 0,
) {
  const received: Received[] = []
  const current = { answer }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { method = '', url = '', headers } = request
    const one = { method, path: url, headers, body: Buffer.concat(parts).toString(), at: Date.now() }
    received.push(one)
    current.answer(response, one)
  }
  const server = createServer((request, response) => void take(request, response).catch(() => undefined))
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answerWith: (next: typeof answer) => {
      current.answer = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | undefined
  readonly text: string
}

/** An SMTP server with a certificate of its own making, which asks for this user and password. */
export async function openMailServer(
  account?: { readonly user: string; readonly password: string },
  address = '127.0.0.1',
) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    logger: false,
    authOptional: account === undefined,
    onAuth: ({ username, password }, _, done) =>
      username === account?.user && password === account?.password
        ? done(null, { user: username })
        : done(new Error('wrong password')),
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          secure: session.secure === true,
          user: typeof session.user === 'string' ? session.user : undefined,
          text: Buffer.concat(parts).toString(),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.server.address() as AddressInfo
  return { port, mails, close: async () => await new Promise<void>((resolve) => server.close(resolve)) }
}
