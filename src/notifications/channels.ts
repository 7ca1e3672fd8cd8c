/** The file notify.yaml: the channels of an installation, and what every run sends to them. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { diagnostics, sortedProblems } from '../diagnostics/diagnostics.ts'
import type { Diagnostics } from '../diagnostics/diagnostics.ts'
import { readTrusted } from '../diagnostics/file-access.ts'
import { reportIssues } from '../diagnostics/schema-diagnostics.ts'
import { didYouMean } from '../diagnostics/suggestions.ts'
import { readDocument } from '../diagnostics/yaml-document.ts'
import { PlanRefused } from '../errors.ts'
import { id } from '../fields/id.ts'
import { line } from '../fields/line.ts'
import { isMetadata } from '../fields/metadata-address.ts'
import { subscriptions } from '../fields/subscription.ts'
import type { Subscription } from '../fields/subscription.ts'
import { wrongUrl } from '../fields/url.ts'
import { withoutSecrets } from '../plan/files/inline-secrets.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import { mapTexts } from '../plan/values/lookups.ts'
import { Secret } from '../shell/secret.ts'

const LIMIT_BYTES = 1024 * 1024

const secret = z
  .instanceof(Secret, { error: 'must be ${{ secrets.NAME }}; notify.yaml never contains a secret' })
  .meta({ title: 'secret', description: '${{ secrets.NAME }}: from the secrets file that notify.yaml names' })

/** An address that is sent to. One in the secrets file is validated once it is known. */
const address = z
  .custom<string | Secret>()
  .superRefine((value, context) => {
    const text = value instanceof Secret ? value.reveal() : value
    // A secret that was not read yet is empty.
    if (value instanceof Secret && text === '') return
    const message = wrongAddress(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'url', description: 'https://…, or http:// of this machine; or ${{ secrets.NAME }}' })

/** The same for an address that itself lets everybody send. */
const secretAddress = secret
  .superRefine((value, context) => {
    const message = value.reveal() === '' ? undefined : wrongAddress(value.reveal())
    if (message !== undefined) context.addIssue({ code: 'custom', message: `leads to a URL that ${message}` })
  })
  .meta({ title: 'secret', description: '${{ secrets.NAME }}: the URL is in the secrets file' })

/** `smtp.example.org`, `smtp.example.org:465`, `[::1]:25`. */
const SERVER = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?$/

const server = z
  .string()
  .regex(SERVER, { error: 'must be a host name, or host:port' })
  .refine((text) => !isMetadata(SERVER.exec(text)?.[1] ?? ''), {
    error: 'is a metadata service, which hands out credentials of the machine',
  })
  .refine((text) => Number(SERVER.exec(text)?.[2] ?? 587) <= 65_535, { error: 'has no valid port' })
  .transform((text) => {
    const [, host = '', port = '587'] = SERVER.exec(text) ?? []
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
  })
  .meta({ title: 'server', description: 'host or host:port. Default port: 587, with STARTTLS; 465 is TLS' })

const mailbox = z
  .string()
  .max(300)
  .regex(/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/, { error: 'must be an e-mail address' })

const channel = z
  .strictObject({
    webhook: z.strictObject({ url: address, secret }).optional(),
    ntfy: z
      .strictObject({
        server: address,
        topic: z.union([
          secret,
          z
            .string()
            .regex(/^[-_A-Za-z0-9]{1,64}$/, { error: 'must be a topic: letters, digits, "_" and "-"' }),
        ]),
        token: secret.optional(),
      })
      .optional(),
    slack: z.strictObject({ url: secretAddress }).optional(),
    email: z
      .strictObject({
        server,
        user: line.optional(),
        password: secret.optional(),
        from: mailbox,
        to: z.array(mailbox).min(1).max(50),
      })
      .refine(({ user, password }) => (user === undefined) === (password === undefined), {
        error: 'must have user and password, or neither',
        when: ({ issues }) => issues.length === 0,
      })
      .optional(),
    ping: z.strictObject({ url: secretAddress }).optional(),
  })
  .refine((one) => Object.keys(one).length === 1, {
    error: 'has to have exactly one of webhook, ntfy, slack, email and ping',
    when: ({ issues }) => issues.length === 0,
  })

const notifyFile = z.strictObject({
  secrets: line
    .optional()
    .meta({ description: 'An env file that only its owner can read, beside this file' }),
  channels: z.record(id, channel),
  runs: subscriptions
    .optional()
    .meta({ description: 'What every run sends: a list of { channel, on, remind }' }),
})

/** Where a notification is sent: exactly one of these. */
export type Channel = z.output<typeof channel>

/** What notify.yaml says. */
export interface NotifyFile {
  readonly channels: ReadonlyMap<string, Channel>
  /** What every run sends. */
  readonly runs: readonly Subscription[]
  /** Absolute path. */
  readonly secretsFile?: string
  /** The variables that the channels name. */
  readonly secretNames: readonly string[]
}

const NONE: NotifyFile = { channels: new Map(), runs: [], secretNames: [] }

/**
 * Reads notify.yaml without its secrets: each is an empty text. Without the file there are no channels. @throws PlanRefused
 * with the position of every problem
 */
export function readNotifyFile(file: string): NotifyFile {
  if (!existsSync(file)) return NONE
  return parseNotifyFile(sourceOf(file), file)
}

/** The same with its secrets. @throws PlanRefused · SecretMissing */
export async function readChannels(file: string): Promise<NotifyFile> {
  if (!existsSync(file)) return NONE
  const source = sourceOf(file)
  const parsed = parseNotifyFile(source, file)
  if (parsed.secretsFile === undefined) return parsed
  return parseNotifyFile(source, file, await readSecrets(parsed.secretsFile, parsed.secretNames))
}

/** Parses notify.yaml. @throws PlanRefused with the position of every problem; no message holds a secret */
export function parseNotifyFile(
  source: string,
  file: string,
  secrets: ReadonlyMap<string, Secret> = new Map(),
): NotifyFile {
  const { value, places, problems } = readDocument(file, new TextEncoder().encode(source), {
    noMap: { code: 'notify', message: 'is not a map of channels', hint: FORM },
    aliases: 'refused',
  })
  if (value === undefined) throw new PlanRefused(problems)
  const all = asNotify(diagnostics(file, places))
  const names = new Set<string>()
  const literals: string[] = []
  const filled = mapTexts(value, (text, path) => {
    const [, name] = /^\$\{\{ *secrets\.([A-Za-z_][A-Za-z0-9_]*) *\}\}$/.exec(text) ?? []
    if (name === undefined) {
      if (path[0] === 'channels' && text.length >= (CONFIDENTIAL.test(String(path.at(-1))) ? 4 : 16))
        literals.push(text)
      return text
    }
    names.add(name)
    return secrets.get(name) ?? new Secret('')
  })
  const parsed = notifyFile.safeParse(filled)
  if (!parsed.success)
    reportIssues(parsed.error.issues, { schema: notifyFile, value: filled, at: [], diagnostics: all })
  else {
    const known = Object.keys(parsed.data.channels)
    for (const [index, { channel: name }] of (parsed.data.runs ?? []).entries())
      if (!known.includes(name))
        all.at(['runs', index, 'channel'], {
          code: 'notify',
          message: `there is no channel "${name}"`,
          ...didYouMean(name, known),
        })
    if (names.size > 0 && parsed.data.secrets === undefined)
      all.at([], {
        code: 'notify',
        message: 'uses secrets, and names no secrets file',
        hint: 'add secrets: notify.env, and write NAME=value into that file',
      })
  }
  // Where a secret belongs, somebody may have written it out.
  const found = sortedProblems([...problems, ...all.all()]).map((one) => withoutSecrets(one, literals))
  if (!parsed.success || found.length > 0) throw new PlanRefused(found)
  return {
    channels: new Map(Object.entries(parsed.data.channels)),
    runs: parsed.data.runs ?? [],
    ...(parsed.data.secrets !== undefined && { secretsFile: resolve(dirname(file), parsed.data.secrets) }),
    secretNames: [...names],
  }
}

const FORM = 'docs/notifications.md shows one'

/** A short text in another field is no secret, and a message without it would say nothing. */
const CONFIDENTIAL = /^(secret|token|password|topic|url)$/

function sourceOf(file: string): string {
  const { bytes, problem } = readTrusted(file, { limitBytes: LIMIT_BYTES })
  if (problem)
    throw new PlanRefused([
      { file, line: 1, column: 1, code: 'notify', message: problem.message, hint: problem.fix },
    ])
  return bytes.toString()
}

/** Reports all problems of the schema with one code. */
function asNotify(all: Diagnostics): Diagnostics {
  return {
    ...all,
    at: (path, { message, hint = FORM }) => all.at(path, { code: 'notify', message, hint }),
    atKey: (path, { message, hint = FORM }) => all.atKey(path, { code: 'notify', message, hint }),
  }
}

/** Only what nobody on the way can read: the text tells what is wrong with a server. */
function wrongAddress(text: string): string | undefined {
  if (typeof text !== 'string') return 'must be text'
  const wrong = wrongUrl(text)
  if (wrong !== undefined) return wrong
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || isLoopback(hostname)
    ? undefined
    : 'must begin with https://; http:// is only for this machine, such as http://127.0.0.1:8080'
}

/** Whether a host name, in the form of `URL.hostname` or without brackets, is this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname)
}
