/** A confidential value: prints as ‹secret› in text and JSON. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Returns the value, to pass it to a process or a file. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '‹secret›'
  }

  toJSON(): string {
    return '‹secret›'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '‹secret›'
  }
}

/** A secret whose value is not available. Using the value fails; everything else works. */
export class MissingSecret extends Secret {
  readonly #missing: () => Error

  constructor(missing: () => Error) {
    super('')
    this.#missing = missing
  }

  /** @throws always */
  override reveal(): string {
    throw this.#missing()
  }
}
