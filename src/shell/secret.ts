/** A value that must not be seen: it prints as ‹secret› wherever text or JSON is made of it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself; only what hands it to a process or a file may ask for it. */
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

/** Stands for a secret whose value is not to be had here: whoever needs the value hears so, whoever does not goes on. */
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
