import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { BusClient } from '../client.ts'
import type { Settings } from '../config.ts'
import type { Delivery } from '../link.ts'
import type { Log } from '../log.ts'
import { createMessage } from '../message.ts'
import type { Message } from '../message.ts'
import type { Store } from '../store.ts'

/** What a probe is given. */
export interface Probing {
  readonly settings: Settings
  readonly store: Store
  readonly log: Log
  /** Makes a client, which is closed after the probe. */
  readonly connect: (onDelivery?: (delivery: Delivery) => void) => BusClient
  readonly options: {
    /** Default: the probe's. */
    readonly messages?: number
    /** In bytes. Default: the probe's. */
    readonly sizes?: readonly number[]
    readonly senders: number
    /** How long the probe waits for what it expects. */
    readonly withinSeconds: number
  }
  /** Values that another probe reads later. */
  readonly keep: (name: string, value: unknown) => void
  readonly kept: (name: string) => unknown
}

/** One line of plain English with numbers, and whether they are what they should be. */
export interface Verdict {
  readonly passed: boolean
  readonly line: string
}

export type Probe = (probing: Probing) => Promise<Verdict>

/** A client that also receives, and counts how often each message arrived. */
export interface Receiver extends BusClient {
  readonly arrivals: ReadonlyMap<string, number>
  /** Messages that arrived inline, with their bytes. */
  readonly inline: ReadonlyMap<string, Message>
}

export function createReceiver({ connect }: Probing): Receiver {
  const arrivals = new Map<string, number>()
  const inline = new Map<string, Message>()
  const onDelivery = (delivery: Delivery) => {
    arrivals.set(delivery.id, (arrivals.get(delivery.id) ?? 0) + 1)
    if (delivery.inline) inline.set(delivery.id, delivery.inline)
  }
  return { ...connect(onDelivery), arrivals, inline }
}

/** Makes a message of a probe. `session` should be new for each run of a probe. */
export function probeMessage(
  body: Buffer,
  session: string,
  more: { readonly id?: string; readonly ttlSeconds?: number } = {},
): Message {
  return createMessage(body, { source: 'probe', session, ...more })
}

export function newSession(probe: string): string {
  return `probe-${probe}-${randomUUID().slice(0, 8)}`
}

/** Asks until the answer is yes or the time is over. Returns the last answer. An error counts as no. */
export async function until(withinSeconds: number, question: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + withinSeconds * 1000
  for (;;) {
    if (await question().catch(() => false)) return true
    if (performance.now() > deadline) return false
    await wait(200)
  }
}

const health = z.object({
  breaker: z.object({
    state: z.string(),
    failures: z.number(),
    openedAt: z.string().optional(),
    halfOpenAt: z.string().optional(),
    closedAt: z.string().optional(),
  }),
  spooled: z.number(),
})

/** What the daemon says about itself. @throws an error if it does not answer */
export async function daemonHealth({ settings }: Probing): Promise<z.output<typeof health>> {
  const url = new URL('/health', settings.daemonUrl.replace(/^ws/, 'http'))
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  return health.parse(await response.json())
}

/** `1 message`, `1,200 messages`. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`
}
