import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { TestHost } from './test-host.ts'
import { visit } from './vividwalls-visit.ts'

/** A write that a stack has taken: it must be found again, wherever that stack's data went. */
export interface Acknowledged {
  /** What was written, and written once: the client's name and a number. */
  readonly body: string
  /** The row, as the stack counts. */
  readonly id: number
  /** Its STACK_MARK, or the first 12 characters of its container's id. */
  readonly stack: string
}

export interface Writes {
  readonly acknowledged: readonly Acknowledged[]
  /** Nobody took these, and somebody said so: the status of each. */
  readonly refused: readonly { readonly body: string; readonly status: number }[]
  /** The connection failed: taken or not, nobody knows. */
  readonly unanswered: readonly { readonly body: string; readonly reason: string }[]
  /** The longest time from one acknowledgement to the next: the downtime, as a client sees it. */
  readonly longestSilenceSeconds: number
}

interface Options {
  /** Of the test host; Default: 443. */
  readonly port?: number
  readonly pauseMilliseconds?: number
  readonly atMost?: { readonly writes: number; readonly seconds: number }
}

const acknowledgedSchema = z.object({ id: z.number().int(), stack: z.string() })

/**
 * Writes by POST to a URL of n8n or Supabase, one after the other, whatever happens there, until stop() or its bounds
 * (5000 writes, 10 minutes). Nothing is written twice. stop() waits for the last answer, and may be called again.
 */
export function writingClient(
  testHost: TestHost,
  url: string,
  options: Options = {},
): { readonly stop: () => Promise<Writes> } {
  const { port = 443, pauseMilliseconds = 30, atMost = { writes: 5000, seconds: 600 } } = options
  const client = randomBytes(4).toString('hex')
  const acknowledged: Acknowledged[] = []
  const refused: { body: string; status: number }[] = []
  const unanswered: { body: string; reason: string }[] = []
  const deadline = Date.now() + atMost.seconds * 1000
  let stopped = false
  let lastTaken: number | undefined
  let longestSilence = 0

  const write = async (body: string) => {
    try {
      const { status, text } = await visit(testHost, url, { method: 'POST', body, port, timeoutSeconds: 5 })
      if (status >= 300) refused.push({ body, status })
      else {
        acknowledged.push({ body, ...acknowledgedSchema.parse(JSON.parse(text)) })
        const now = performance.now()
        longestSilence = Math.max(longestSilence, now - (lastTaken ?? now))
        lastTaken = now
      }
    } catch (error) {
      unanswered.push({ body, reason: error instanceof Error ? error.message : `${error}` })
    }
  }
  const writing = (async () => {
    for (let number = 1; number <= atMost.writes && Date.now() < deadline && !stopped; number++) {
      await write(`${client}/${number}`)
      await wait(pauseMilliseconds)
    }
  })()

  return {
    stop: async () => {
      stopped = true
      await writing
      return { acknowledged, refused, unanswered, longestSilenceSeconds: longestSilence / 1000 }
    },
  }
}
