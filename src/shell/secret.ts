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
