/** An output in which one answer stands between a line `begin` and a mark `end`, whose rest of line is `after`. */
export class MarkedOutput {
  readonly #begin: Buffer
  readonly #end: Buffer
  readonly #most: number
  #chunks: Buffer[] = []
  #length = 0
  #last = Buffer.alloc(0)
  #begun = false
  #after: string | undefined

  /** Keeps up to `mostBytes`, and forgets what goes beyond. */
  constructor(mostBytes: number, begin: string, end: string) {
    this.#most = mostBytes
    this.#begin = Buffer.from(`${begin}\n`)
    this.#end = Buffer.from(end)
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length <= this.#most + chunk.length) this.#chunks.push(chunk)
    // Only where the marks can be new, or a long answer would be searched again for each of its parts.
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

  /** What stands behind the end mark on its line; undefined until that line is there. */
  get after(): string | undefined {
    return this.#after
  }

  /** What came before the begin mark; nothing where that is not there. */
  get before(): string {
    return this.#all()
      .subarray(0, Math.max(0, this.#all().indexOf(this.#begin)))
      .toString()
  }

  /** The answer: all, where the marks are not there. */
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
