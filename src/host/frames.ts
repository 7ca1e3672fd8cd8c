import { z } from 'zod'

/** What a receipt's record says; the words of remote-run.sh. */
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
  'token-conflict',
  'short-input',
  'cannot-write',
] as const
export type ReceiptState = (typeof receiptStates)[number]

/** The last frame: how the command ended, and how many bytes each output has. `code` is `-` unless it exited. */
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

/** How far each output was read. */
export type Position = Record<'out' | 'err', number>

/** What came is not what remote-run.sh sends. */
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

// What login scripts may print before the nonce, and the longest line of a frame.
const MOST_NOISE = 1024 * 1024
const LONGEST_LINE = 200

/**
 * Reads the frames that follow the nonce. Bytes are given out as they come, so that a broken connection loses none.
 * @throws NotUnderstood for a gap, an overlap, an end that leaves output unread, or anything else that is no frame
 */
export class FrameReader {
  readonly #nonce: string
  readonly #position: Partial<Position>
  #rest: Buffer = Buffer.alloc(0)
  #greeted = false
  #within: { readonly stream: 'out' | 'err'; left: number } | undefined

  /** Where `from` does not say how far an output was read, its first frame may begin anywhere. */
  constructor(nonce: string, from: Readonly<Partial<Position>>) {
    this.#nonce = nonce
    this.#position = { ...from }
  }

  /** Whether the nonce came: only then did the script run. */
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
    const most = this.#greeted ? LONGEST_LINE : MOST_NOISE
    if (end > most || (end < 0 && this.#rest.length > most)) throw new NotUnderstood('a line that never ends')
    if (end < 0) return undefined
    const line = this.#rest.subarray(0, end).toString('latin1')
    this.#rest = this.#rest.subarray(end + 1)
    if (this.#greeted) return this.#header(line)
    // What login scripts printed may stand before it on the same line.
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
        throw new NotUnderstood(`${stream} goes on at ${offset}, but ${read} bytes of it were read`)
      this.#position[stream] = read
      this.#within = { stream, left }
      return 'noise'
    }
    const state = endFrame.safeParse(words)
    if (!state.success) throw new NotUnderstood(`no frame: ${JSON.stringify(line)}`)
    const [is, name, code, out, err] = state.data
    const unread = (this.#position.out ?? out) < out || (this.#position.err ?? err) < err
    if (unread) throw new NotUnderstood('the end came before all of the output')
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
