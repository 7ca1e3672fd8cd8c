/** An output with one answer between a line `begin` and a mark `end`. The rest of the mark's line is `after`. */
export class MarkedOutput {
  readonly #begin: Buffer
  readonly #end: Buffer
  readonly #limit: number
  #chunks: Buffer[] = []
  #length = 0
  #last = Buffer.alloc(0)
  #begun = false
  #after: string | undefined

  /** Keeps at most `limitBytes`, rounded up to whole chunks, and discards the rest. */
  constructor(limitBytes: number, begin: string, end: string) {
    this.#limit = limitBytes
    this.#begin = Buffer.from(`${begin}\n`)
    this.#end = Buffer.from(end)
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length <= this.#limit + chunk.length) this.#chunks.push(chunk)
    // Searches only where a mark can be new: searching the whole answer for each chunk would be quadratic.
    const last = Buffer.concat([this.#last, chunk])
    this.#begun ||= last.includes(this.#begin)
    const at = last.lastIndexOf(this.#end)
    const line = at < 0 ? '' : last.subarray(at + this.#end.length).toString('latin1')
    if (line.endsWith('\n')) this.#after = line.trim()
    this.#last = last.subarray(-LONGEST_MARK)
  }

  /** Bytes pushed so far. */
  get length(): number {
    return this.#length
  }

  get begun(): boolean {
    return this.#begun
  }

  /** The text after the end mark, once its line is complete. */
  get after(): string | undefined {
    return this.#after
  }

  /** The output before the begin mark; empty without that mark. */
  get before(): string {
    return this.#all()
      .subarray(0, Math.max(0, this.#all().indexOf(this.#begin)))
      .toString()
  }

  /** The answer; the whole output without the marks. */
  get text(): string {
    const all = this.#all()
    const begin = all.indexOf(this.#begin)
    const end = all.lastIndexOf(this.#end)
    return all.subarray(begin < 0 ? 0 : begin + this.#begin.length, end < 0 ? all.length : end).toString()
  }

  #all(): Buffer {
    const [first = Buffer.alloc(0)] = (this.#chunks = [Buffer.concat(this.#chunks)])
    return first
  }
}

const LONGEST_MARK = 64
