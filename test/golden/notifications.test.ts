import { describe, expect, it } from 'vitest'
import { exampleNotice } from '../../src/notifications/example.ts'
import {
  mailOf,
  ntfyRequest,
  pingRequest,
  slackRequest,
  webhookRequest,
} from '../../src/notifications/formats.ts'
import { messageOf, textOf } from '../../src/notifications/message.ts'
import { Secret } from '../../src/shell/secret.ts'
import type { Notice, NoticeEvent } from '../../src/workflows/notices.ts'

// What people read of each event, and how each kind of channel carries it: `npm run golden` writes the files anew.
const AT = '2026-11-21T23:42:10.000Z'
const NOW = new Date('2026-11-21T23:42:20.000Z')
const LINK = 'https://temporal.example.org/namespaces/default/workflows/test-of-notify'
const example = (event: NoticeEvent): Notice =>
  exampleNotice(event, { id: '6f1c0c1e-4f2c-4f5e-9a57-1d2f3a4b5c6d', at: AT })
const same = async (name: string, text: string) =>
  await expect(`${text}\n`).toMatchFileSnapshot(`notifications/${name}.txt`)

describe('the text of a notification', () => {
  it.each(['started', 'waits', 'reopened', 'reminder', 'rolling-back', 'failed', 'done'] as const)(
    'of the event %s',
    async (event) => {
      const message = messageOf(example(event), { now: NOW, link: LINK })
      await same(event, `${message.subject}\n\n${textOf(message)}`)
    },
  )

  it('that is late says so, and names the time of the event', async () => {
    const later = new Date('2026-11-22T01:42:10.000Z')
    const message = messageOf(example('waits'), { now: later, link: LINK })
    await same('late', `${message.subject}\n\n${textOf(message)}`)
  })

  it('of a failed step has a command for each answer that quotes no digest', async () => {
    const { question, ...rest } = example('waits')
    if (!question) throw new Error('the example asks nothing')
    const { digest: _, expires: __, otherwise: ___, ...asked } = question
    const failed: Notice = {
      ...rest,
      question: {
        ...{ ...asked, decision: 'failed/copy-db~1', kind: 'unknown-outcome', approvers: [] },
        title: 'the outcome of step copy-db on server is unknown',
        happened:
          '"Copy the database" on server was interrupted, at 2026-11-21 23:42 UTC. The host rebooted while it ran.',
        advice: { text: 'Find out on server what it has done. If nothing: retry. If all: mark-done.' },
        choices: [
          { choice: 'retry', does: '"Copy the database" is attempted again from its beginning' },
          { choice: 'mark-done', does: 'it counts as done, not proven', guarded: true },
          { choice: 'stop', does: 'the run ends here' },
        ],
      },
    }
    const message = messageOf(failed, { now: NOW })
    await same('unknown-outcome', `${message.subject}\n\n${textOf(message)}`)
  })
})

describe('the form of a notification', () => {
  const notice = example('waits')
  const message = messageOf(notice, { now: NOW, link: LINK })
  const about = { notice, message, now: NOW }
  const pretty = ({
    body,
    ...rest
  }: {
    readonly url: string
    readonly headers: object
    readonly body: string
  }) => {
    const shown = body.startsWith('{') ? JSON.stringify(JSON.parse(body), null, 2) : body
    return `POST ${rest.url}\n${JSON.stringify(rest.headers, null, 2)}\n\n${shown}`
  }

  it('as a webhook', async () => {
    const request = webhookRequest(
      { url: 'https://hooks.example.org/in', secret: new Secret('whsec_c2VjcmV0') },
      about,
    )
    await same('webhook', pretty(request))
  })
  it('for ntfy', async () => {
    await same('ntfy', pretty(ntfyRequest({ server: 'https://ntfy.example.org', topic: 'deploys' }, about)))
  })
  it('for Slack', async () => {
    await same('slack', pretty(slackRequest({ url: 'https://hooks.slack.com/services/T/B/X' }, about)))
  })
  it('as a ping', async () => {
    await same('ping', pretty(pingRequest({ url: 'https://hc-ping.com/the-uuid' }, about)))
  })
  it('as a mail', async () => {
    const mail = mailOf({ from: 'reinstate@example.org', to: ['on-call@example.org'] }, about)
    await same('email', JSON.stringify(mail, null, 2))
  })
})
