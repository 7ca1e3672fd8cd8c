import { z } from 'zod'
import type { Message } from './message.ts'

const id = z.uuid()
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'))
const parse = <Frame>(schema: z.ZodType<Frame>, text: string): Frame => schema.parse(JSON.parse(text))

/** What a client sends as text: the id of a message that it wrote to the bus, or the wish to receive ids. */
const clientFrame = z.union([
  z.strictObject({ announce: id, sha256 }),
  z.strictObject({ subscribe: z.literal(true) }),
])
export type ClientFrame = z.output<typeof clientFrame>

/** What the daemon sends as text. */
const daemonFrame = z.union([
  z.object({ hello: z.enum(['old', 'dual', 'bus']), frameLimitMb: z.number(), version: z.string() }),
  z.object({ acknowledged: id, stored: z.enum(['bus', 'spool', 'deliveries']) }),
  z.object({ refused: id, reason: z.string(), isTemporary: z.boolean(), isBusAway: z.boolean() }),
  z.object({ delivered: id }),
])
export type DaemonFrame = z.output<typeof daemonFrame>
export type Hello = Extract<DaemonFrame, { readonly hello: unknown }>

/** @throws an error if the text is no such frame */
export const readClientFrame = (text: string) => parse(clientFrame, text)
/** @throws an error if the text is no such frame */
export const readDaemonFrame = (text: string) => parse(daemonFrame, text)

const label = (longest: number) => z.string().min(1).max(longest)
const header = z.strictObject({
  id,
  sha256,
  type: label(50),
  source: label(100),
  session: label(100).optional(),
  request: label(100).optional(),
  ttlSeconds: z.number().positive().optional(),
})

/** A binary frame, and a file of the spool: one line of JSON, and the body as it is. */
export function inlineFrame({ body, sha256, ...facts }: Message): Buffer {
  return Buffer.concat([
    Buffer.from(`${JSON.stringify({ ...facts, sha256: sha256.toString('hex') })}\n`),
    body,
  ])
}

/** Reads such a frame. Does not compare the sum. @throws an error if it is none */
export function readInlineFrame(frame: Buffer): Message {
  const end = frame.indexOf('\n')
  return { ...parse(header, frame.subarray(0, Math.max(0, end)).toString()), body: frame.subarray(end + 1) }
}
