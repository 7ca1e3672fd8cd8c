import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotDelivered } from '../../src/errors.ts'
import { exampleNotice } from '../../src/notifications/example.ts'
import { openNotifier } from '../../src/notifications/notifier.ts'
import { itInDepth } from '../depth.ts'
import { openMailServer, openReceiver } from './receivers.ts'

// Real servers on this machine. The services of ntfy, Slack and healthchecks.io are not reached: test/golden has the forms.

const KEY = Buffer.from('a key of the webhook')
const notice = exampleNotice('waits', {
  id: 'b7d4a4d2-6a3c-4b8e-8f1e-1c2d3e4f5a6b',
  at: new Date().toISOString(),
})
const closing: (() => Promise<unknown>)[] = []
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-deliver-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(folder, { recursive: true })
})

const receiver = async (...how: Parameters<typeof openReceiver>) => {
  const one = await openReceiver(...how)
  closing.push(one.close)
  return one
}

/** Sends the example to the channel `ops`, which is written so. */
const send = async (ops: string, env = '') => {
  await writeFile(join(folder, 'notify.yaml'), `secrets: notify.env\nchannels:\n  ops: { ${ops} }\n`)
  await writeFile(join(folder, 'notify.env'), `KEY=whsec_${KEY.toString('base64')}\n${env}`, { mode: 0o600 })
  const notifier = openNotifier({
    file: join(folder, 'notify.yaml'),
    pageOf: () => 'https://ui.example.org/run',
  })
  return await notifier.deliver('ops', notice)
}
const webhook = (url: string) => `webhook: { url: "${url}", secret: "\${{ secrets.KEY }}" }`
const failed = async (...how: Parameters<typeof send>): Promise<string> => {
  const error = await send(...how).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(NotDelivered)
  return (error as Error).message
}

describe('deliver › webhook', () => {
  it('posts JSON whose signature covers id, time and body', async () => {
    const { url, received } = await receiver()
    expect(await send(webhook(`${url}/in?a=b`))).toBe('200')
    const [one] = received
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = one?.headers ?? {}
    const expected = createHmac('sha256', KEY)
      .update(`${String(id)}.${String(time)}.${one?.body}`)
      .digest('base64')
    expect(signature).toBe(`v1,${expected}`)
    expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(5)
    expect(id).toBe(notice.id)
    expect(one).toMatchObject({ method: 'POST', path: '/in?a=b' })
    expect(JSON.parse(one?.body ?? '')).toMatchObject({
      ...{ id: notice.id, event: 'waits', run: 'test-of-notify', link: 'https://ui.example.org/run' },
      question: { decision: 'gate/cutover', approvers: ['lead', 'on-call'], otherwise: 'it is rejected' },
      commands: [
        'reinstate status test-of-notify',
        'reinstate decide test-of-notify gate/cutover reject --by NAME',
      ],
    })
    expect(one?.body).not.toContain('0123456789abcdef')
  })

  it('fails with the status and the channel, never with the address', async () => {
    const { url } = await receiver((response) => void response.writeHead(500).end('https://token.example'))
    expect(await failed(webhook(`${url}/in/t0ken`))).toBe('channel ops: it answered 500')
  })

  it('does not follow a redirect', async () => {
    const elsewhere = await receiver()
    const { url } = await receiver(
      (response) => void response.writeHead(307, { location: elsewhere.url }).end(),
    )
    expect(await failed(webhook(url))).toBe('channel ops: it answered 307; redirects are not followed')
    expect(elsewhere.received).toEqual([])
  })

  it('fails where nothing listens', async () => {
    const { url, close } = await openReceiver()
    await close()
    expect(await failed(webhook(url))).toBe('channel ops: the connection failed: ECONNREFUSED')
  })

  it('does not read an answer without end', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(1000)), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(await send(webhook(url))).toBe('200')
  })

  itInDepth('gives up a receiver that answers nothing after 20 s', async () => {
    const { url } = await receiver(() => undefined)
    expect(await failed(webhook(url))).toBe('channel ops: no answer within 20 s')
  })

  it('names a file that became invalid, and a channel that was removed, without their content', async () => {
    expect(await failed('slack: { url: "https://hooks.example.org/t0ken" }')).toBe(
      'channel ops: notify.yaml of the worker is invalid',
    )
    await writeFile(join(folder, 'notify.yaml'), 'channels: {}\n')
    const notifier = openNotifier({ file: join(folder, 'notify.yaml'), pageOf: () => undefined })
    await expect(notifier.deliver('ops', notice)).rejects.toThrow('has no channel of this name')
  })
})

describe('deliver › ntfy, Slack, ping', () => {
  it('post to the receiver in the documented forms', async () => {
    const { url, received } = await receiver()
    const env = `TOKEN=tk_1\nSLACK=${url}/services/T/B/X\nPING=${url}/uuid/\n`
    await send(`ntfy: { server: "${url}", topic: deploys, token: "\${{ secrets.TOKEN }}" }`, env)
    await send('slack: { url: "${{ secrets.SLACK }}" }', env)
    await send('ping: { url: "${{ secrets.PING }}" }', env)
    const [ntfy, slack, ping] = received
    expect(ntfy).toMatchObject({ path: '/', headers: { authorization: 'Bearer tk_1' } })
    expect(JSON.parse(ntfy?.body ?? '')).toMatchObject({ topic: 'deploys', priority: 4 })
    expect(slack?.path).toBe('/services/T/B/X')
    expect(ping?.path).toBe(`/uuid/log?rid=${notice.id}`)
  })
})

describe('deliver › email', () => {
  it('sends over STARTTLS with user and password to every recipient', async () => {
    const server = await openMailServer({ user: 'reinstate', password: 'p w' })
    closing.push(server.close)
    const ops = (password: string) =>
      `email: { server: "127.0.0.1:${server.port}", user: reinstate, password: "${password}", from: r@example.org, to: [a@example.org, b@example.org] }`
    expect(await send(ops('${{ secrets.SMTP }}'), 'SMTP="p w"\n')).toBe('250')
    const [mail] = server.mails
    expect(mail).toMatchObject({ secure: true, user: 'reinstate', to: ['a@example.org', 'b@example.org'] })
    expect(mail?.text).toContain(`Message-ID: <${notice.id}@example.org>`)
    expect(mail?.text).toContain('Auto-Submitted: auto-generated')
    expect(mail?.text).toContain('reinstate status test-of-notify')
    const wrong = await failed(ops('${{ secrets.SMTP }}'), 'SMTP=wr0ng\n')
    expect(wrong).toBe('channel ops: the mail server answered 535')
  })

  it('sends nothing to another machine whose certificate nobody vouches for', async () => {
    const own = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
    const { address = '' } = own.find(({ internal, family }) => !internal && family === 'IPv4') ?? {}
    const server = await openMailServer(undefined, address)
    closing.push(server.close)
    const to = `email: { server: "${address}:${server.port}", from: r@example.org, to: [a@example.org] }`
    expect(await failed(to)).toMatch(/^channel ops: the connection failed: E[A-Z]+$/)
    expect(server.mails).toEqual([])
  })
})
