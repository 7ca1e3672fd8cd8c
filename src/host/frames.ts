import { z } from 'zod'

/** The states of a receipt, as remote-run.sh names them. */
export const receiptStates = [
  'none',
  'running',
  'exited',
  'not-started',
  'interrupted',
  'interrupted-reboot',
  'orphaned',
  'tombstoned',
  'rewound',
  'undone',
  'cleaned',
  'token-conflict',
  'short-input',
  'cannot-write',
] as const
export type ReceiptState = (typeof receiptStates)[number]

/** The last frame: the command's state, and the size of each output in bytes. `code` is `-` unless it exited. */
export interface EndFrame {
  readonly is: 'state'
  readonly state: ReceiptState
  readonly code: string
  readonly out: number
  readonly err: number
}

export type Frame =
  | { readonly is: 'begun' | 'beat' }
  | { readonly is: 'bytes'; readonly stream: 'out' | 'err'; readonly bytes: Buffer }
  | EndFrame

/** Offsets up to which each output was read, in bytes. */
export type Position = Record<'out' | 'err', number>

/** The host sent something that remote-run.sh does not send. */
export class NotUnderstood extends Error {}

const count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const endFrame = z.tuple([
  z.literal('state'),
  z.enum(receiptStates),
  z.string().regex(/^[a-z0-9-]+$/),
  count,
  count,
])
const bytesFrame = z.tuple([z.enum(['out', 'err']), count, count])

// For all that login scripts print before the nonce, and for one line of a frame.
const LIMIT_NOISE_BYTES = 1024 * 1024
const LIMIT_LINE_BYTES = 200

/**
 * Reads the frames after the nonce. Returns bytes as they arrive, so that a broken connection loses none.
 * @throws NotUnderstood for a gap, an overlap, an end before all output, or anything that is not a frame
 */
export class FrameReader {
  readonly #nonce: string
  readonly #position: Partial<Position>
  #rest: Buffer = Buffer.alloc(0)
  #greeted = false
  #noiseBytes = 0
  #within: { readonly stream: 'out' | 'err'; left: number } | undefined

  /** The first frame of an output that `from` leaves out may begin at any offset. */
  constructor(nonce: string, from: Readonly<Partial<Position>>) {
    this.#nonce = nonce
    this.#position = { ...from }
  }

  /** Whether the nonce arrived, which proves that the script ran. */
  get greeted(): boolean {
    return this.#greeted
  }

  push(chunk: Buffer): readonly Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame !== 'noise') frames.push(frame)
    }
    return frames
  }

  #next(): Frame | 'noise' | undefined {
    if (this.#within !== undefined) return this.#bytes(this.#within)
    const end = this.#rest.indexOf(10)
    const limit = this.#greeted ? LIMIT_LINE_BYTES : LIMIT_NOISE_BYTES
    if (end > limit || (end < 0 && this.#rest.length > limit)) throw new NotUnderstood('a line is too long')
    if (end < 0) return undefined
    const line = this.#rest.subarray(0, end).toString('latin1')
    this.#rest = this.#rest.subarray(end + 1)
    if (this.#greeted) return this.#header(line)
    this.#noiseBytes += end + 1
    if (this.#noiseBytes > LIMIT_NOISE_BYTES) throw new NotUnderstood('more than 1 MiB before the answer')
    // The output of a login script may stand before it on the same line.
    this.#greeted = line.endsWith(this.#nonce)
    return 'noise'
  }

  #header(line: string): Frame | 'noise' {
    if (line === 'begun' || line === 'beat') return { is: line }
    const words = line.split(' ')
    const bytes = bytesFrame.safeParse(words)
    if (bytes.success) {
      const [stream, offset, left] = bytes.data
      const read = this.#position[stream] ?? offset
      if (offset !== read)
        throw new NotUnderstood(`${stream} continues at byte ${offset} after ${read} bytes`)
      this.#position[stream] = read
      this.#within = { stream, left }
      return 'noise'
    }
    const state = endFrame.safeParse(words)
    if (!state.success) throw new NotUnderstood(`not a frame: ${JSON.stringify(line)}`)
    const [is, name, code, out, err] = state.data
    const unread = (this.#position.out ?? out) < out || (this.#position.err ?? err) < err
    if (unread) throw new NotUnderstood('the end came before all output')
    return { is, state: name, code, out, err }
  }

  #bytes(within: { readonly stream: 'out' | 'err'; left: number }): Frame | 'noise' | undefined {
    if (within.left === 0) {
      this.#within = undefined
      return 'noise'
    }
    if (this.#rest.length === 0) return undefined
    const bytes = this.#rest.subarray(0, within.left)
    this.#rest = this.#rest.subarray(bytes.length)
    within.left -= bytes.length
    this.#position[within.stream] = (this.#position[within.stream] ?? 0) + bytes.length
    return { is: 'bytes', stream: within.stream, bytes }
  }
}
