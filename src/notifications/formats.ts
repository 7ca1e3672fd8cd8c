/** A message in the form of each kind of channel. Pure, but for the time. */
import { createHmac } from 'node:crypto'
import type { Secret } from '../shell/secret.ts'
import type { Notice } from '../workflows/notices.ts'
import { topicOf } from '../workflows/notices.ts'
import { cut } from '../workflows/text.ts'
import { textOf } from './message.ts'
import type { Message } from './message.ts'

/** A request to send. The URL may hold a secret. */
export interface Outgoing {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The body of a webhook. Fields are added, never renamed. */
export function webhookBody(notice: Notice, message: Message): string {
  const { id, event, at, run, plan, title, question, reminder, ended } = notice
  return JSON.stringify({
    ...{ id, event, at, run, plan, title },
    ...(ended && { state: ended.state }),
    ...(question && { question: questionIn(question) }),
    ...(reminder && { reminder }),
    ...{ subject: message.subject, text: textOf(message), commands: message.commands },
    ...(message.link !== undefined && { link: message.link }),
  })
}

/** Without the digest and the token: an answer that quotes a digest has to come from what was shown. */
function questionIn({ digest: _, token: __, ...question }: NonNullable<Notice['question']>) {
  return question
}

/** Signed as Standard Webhooks 1.0 says, so that its libraries verify it. */
export function webhookRequest(
  { url, secret }: { readonly url: string; readonly secret: Secret },
  { notice, message, now }: { readonly notice: Notice; readonly message: Message; readonly now: Date },
): Outgoing {
  const body = webhookBody(notice, message)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = createHmac('sha256', keyOf(secret))
    .update(`${notice.id}.${timestamp}.${body}`)
    .digest('base64')
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  }
}

/** The key of a secret: `whsec_` and base64, or its bytes as they are. */
function keyOf(secret: Secret): Buffer {
  const text = secret.reveal()
  return text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text)
}

/** ntfy turns a longer message into a file. */
const MOST_NTFY_BYTES = 3900

/** https://docs.ntfy.sh/publish/#publish-as-json */
export function ntfyRequest(
  {
    server,
    topic,
    token,
  }: { readonly server: string; readonly topic: string; readonly token?: Secret | undefined },
  { notice, message }: { readonly notice: Notice; readonly message: Message },
): Outgoing {
  const { link, ...withoutLink } = message
  return {
    url: server,
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token.reveal()}` }),
    },
    body: JSON.stringify({
      topic,
      title: cut(message.subject, 240),
      message: cutBytes(textOf(withoutLink), MOST_NTFY_BYTES),
      priority: priorityOf(notice),
      ...(link !== undefined && { click: link }),
    }),
  }
}

/** Of 1 to 5; 3 is the default, 4 makes more noise. */
function priorityOf({ event }: Notice): number {
  const topic = topicOf(event)
  return topic === 'waits' || topic === 'failed' ? 4 : topic === 'started' ? 2 : 3
}

function cutBytes(text: string, most: number): string {
  let kept = cut(text, most)
  while (Buffer.byteLength(kept) > most)
    kept = cut(kept, kept.length - Math.ceil((Buffer.byteLength(kept) - most) / 4))
  return kept
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackRequest(
  { url }: { readonly url: string },
  { message }: { readonly message: Message },
): Outgoing {
  const { subject, lines, commands, commandsFor, link } = message
  const text = [
    `*${slackText(subject)}*`,
    ...lines.map(slackText),
    ...(commands.length === 0
      ? []
      : ['', `${slackText(commandsFor)}:`, '```', ...commands.map(slackText), '```']),
    ...(link === undefined ? [] : [`<${slackText(link)}|Its page>`]),
  ].join('\n')
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, unfurl_links: false, unfurl_media: false }),
  }
}

/** Slack reads only these three characters as markup that can mention people or hide a link. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** https://healthchecks.io/docs/http_api/: what is neither a start nor an end is logged, and changes no state there. */
export function pingRequest(
  { url }: { readonly url: string },
  { notice, message }: { readonly notice: Notice; readonly message: Message },
): Outgoing {
  const signal = { started: '/start', done: '', failed: '/fail' }[notice.event as string] ?? '/log'
  const address = new URL(url)
  address.pathname = `${address.pathname.replace(/\/+$/, '')}${signal}`
  // A UUID: it ties the start to the end where several runs ping one check.
  address.searchParams.set('rid', notice.ref.token)
  return {
    url: address.href,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${message.subject}\n\n${textOf(message)}`,
  }
}

/** A mail, as nodemailer takes it. */
export function mailOf(
  { from, to }: { readonly from: string; readonly to: readonly string[] },
  { notice, message }: { readonly notice: Notice; readonly message: Message },
) {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return {
    from,
    to: [...to],
    subject: message.subject,
    text: `${textOf(message)}\n`,
    messageId: `<${notice.id}@${domain}>`,
    // No out-of-office reply answers it.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Reinstate-Event': notice.event },
  }
}
