/** How many bytes of each output are returned and shown. */
export const TAIL_BYTES = 16 * 1024

/** Keeps the end of a long output, and its length. */
export class OutputTail {
  readonly #keepBytes: number
  #chunks: Buffer[] = []
  #kept = 0
  #skipped = 0

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#kept += chunk.length
    // Not at each chunk: joining is expensive.
    if (this.#kept > 4 * this.#keepBytes + 65_536) this.#trim()
  }

  /** Bytes pushed so far. */
  get length(): number {
    return this.#skipped + this.#kept
  }

  /** The end as UTF-8. Invalid bytes are replaced; a character that is cut at the beginning is left out. */
  text(): string {
    this.#trim()
    const bytes = Buffer.concat(this.#chunks)
    let start = 0
    while (this.#skipped > 0 && start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
    return bytes.subarray(start).toString('utf8')
  }

  #trim(): void {
    const all = Buffer.concat(this.#chunks)
    const kept = all.subarray(Math.max(0, all.length - this.#keepBytes))
    this.#skipped += all.length - kept.length
    this.#chunks = [kept]
    this.#kept = kept.length
  }
}

/** Returns at most the last `bytes` of a text's UTF-8, without cutting a character. */
export function lastBytes(text: string, bytes: number): string {
  const tail = new OutputTail(bytes)
  tail.push(Buffer.from(text))
  return tail.text()
}

/** Splits an output into lines, which end with LF or CR. Of a line longer than 64 KiB only the end is given. */
export function lineReader(take: (line: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  const withRest = (part: Buffer): Buffer =>
    (rest.length === 0 ? part : Buffer.concat([rest, part])).subarray(-LIMIT_LINE_BYTES)
  return (chunk) => {
    let start = 0
    // One pass: searching for the next end of a line from each line on would be quadratic.
    for (let index = 0; index < chunk.length; index++) {
      // Progress displays overwrite themselves with carriage returns.
      if (chunk[index] !== 10 && chunk[index] !== 13) continue
      take(withRest(chunk.subarray(start, index)).toString('utf8'))
      if (rest.length > 0) rest = Buffer.alloc(0)
      start = index + 1
    }
    // A copy: the rest must not keep the whole chunk in memory.
    rest = Buffer.from(withRest(chunk.subarray(start)))
  }
}

const LIMIT_LINE_BYTES = 65_536
