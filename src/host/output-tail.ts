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
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    // Progress displays overwrite themselves with carriage returns.
    for (let end = lineEnd(rest); end >= 0; end = lineEnd(rest)) {
      take(rest.subarray(0, end).toString('utf8'))
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 65_536) rest = rest.subarray(rest.length - 65_536)
  }
}

function lineEnd(bytes: Buffer): number {
  const ends = [bytes.indexOf(10), bytes.indexOf(13)].filter((at) => at >= 0)
  return ends.length === 0 ? -1 : Math.min(...ends)
}
