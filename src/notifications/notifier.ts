/** Sends notifications to the channels of notify.yaml. The file is read for each: a changed token counts at once. */
import { createTransport } from 'nodemailer'
import { NotDelivered, PlanRefused, ReinstateError } from '../errors.ts'
import type { Subscription } from '../fields/subscription.ts'
import type { Notice } from '../workflows/notices.ts'
import { isLoopback, readChannels } from './channels.ts'
import type { Channel } from './channels.ts'
import { mailOf, ntfyRequest, pingRequest, slackRequest, webhookRequest } from './formats.ts'
import type { Outgoing } from './formats.ts'
import { messageOf } from './message.ts'
import type { Message } from './message.ts'

/** The whole request, with its answer. */
const TIMEOUT_MS = 20_000
const TLS_PORT = 465

export interface Notifier {
  /** The channels, and what every run sends. @throws PlanRefused · SecretMissing */
  settings(): Promise<{ readonly channels: readonly string[]; readonly runs: readonly Subscription[] }>
  /**
   * Sends once, within 20 seconds. @returns what the receiver answered, such as `200`. @throws NotDelivered, which names the
   * channel and never its address
   */
  deliver(channel: string, notice: Notice): Promise<string>
}

interface Options {
  /** notify.yaml. */
  readonly file: string
  /** The page of a workflow in the Temporal UI. */
  readonly pageOf: (workflowId: string) => string | undefined
}

export function openNotifier({ file, pageOf }: Options): Notifier {
  return {
    settings: async () => {
      const { channels, runs } = await readChannels(file)
      return { channels: [...channels.keys()], runs }
    },
    deliver: async (name, notice) => {
      const channel = await channelNamed(name, file)
      const link = pageOf(notice.ref.run)
      const now = new Date()
      const message = messageOf(notice, { now, ...(link !== undefined && { link }) })
      try {
        return channel.email
          ? await mail(channel.email, { notice, message })
          : await post(requestFor(channel, { notice, message, now }))
      } catch (error) {
        throw new NotDelivered(name, reasonOf(error))
      }
    },
  }
}

async function channelNamed(name: string, file: string): Promise<Channel> {
  const { channels } = await readChannels(file).catch((error: unknown) => {
    // The problems of the file stay with the worker: the failure goes into a history.
    if (error instanceof PlanRefused) throw new NotDelivered(name, 'notify.yaml of the worker is invalid')
    throw error instanceof ReinstateError ? new NotDelivered(name, error.message) : error
  })
  const channel = channels.get(name)
  if (!channel) throw new NotDelivered(name, 'notify.yaml of the worker has no channel of this name')
  return channel
}

/** The request for a channel other than mail. */
export function requestFor(
  { webhook, ntfy, slack, ping }: Channel,
  about: { readonly notice: Notice; readonly message: Message; readonly now: Date },
): Outgoing {
  if (webhook) return webhookRequest({ ...webhook, url: textOf(webhook.url) }, about)
  if (ntfy) return ntfyRequest({ ...ntfy, server: textOf(ntfy.server), topic: textOf(ntfy.topic) }, about)
  if (slack) return slackRequest({ url: slack.url.reveal() }, about)
  if (ping) return pingRequest({ url: ping.url.reveal() }, about)
  throw new TypeError('a channel of no known kind')
}

function textOf(value: string | { reveal(): string }): string {
  return typeof value === 'string' ? value : value.reveal()
}

/** A redirect is not followed: it could lead to an address that notify.yaml must not name. */
async function post({ url, headers, body }: Outgoing): Promise<string> {
  const response = await fetch(url, {
    ...{ method: 'POST', headers, body, redirect: 'manual' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  // The answer is not read: it may be long.
  await response.body?.cancel()
  if (response.ok) return String(response.status)
  const where = response.status >= 300 && response.status < 400 ? '; redirects are not followed' : ''
  throw new Refused(`it answered ${response.status}${where}`)
}

async function mail(
  { server: { host, port }, user, password, from, to }: NonNullable<Channel['email']>,
  about: { readonly notice: Notice; readonly message: Message },
): Promise<string> {
  const transport = createTransport({
    ...{ host, port, secure: port === TLS_PORT },
    // A server on this machine may be without TLS, or have a certificate of its own making; what leaves it is encrypted.
    ...(isLoopback(host) ? { tls: { rejectUnauthorized: false } } : { requireTLS: true }),
    ...(user !== undefined && password && { auth: { user, pass: password.reveal() } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const { response } = await transport.sendMail(mailOf({ from, to }, about))
    return response.slice(0, 3)
  } finally {
    transport.close()
  }
}

/** The receiver answered, and did not take it. */
class Refused extends Error {}

/** Why it was not sent, without addresses: messages of the system and of libraries hold them. */
function reasonOf(error: unknown): string {
  if (error instanceof Refused) return error.message
  const { name, code, responseCode, cause } = error as {
    readonly name?: string
    readonly code?: string
    readonly responseCode?: number
    readonly cause?: { readonly code?: string; readonly name?: string }
  }
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`
  if (responseCode !== undefined) return `the mail server answered ${responseCode}`
  return `the connection failed: ${cause?.code ?? code ?? cause?.name ?? name ?? 'unknown'}`
}
