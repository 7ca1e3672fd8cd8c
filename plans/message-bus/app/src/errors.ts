import { MB } from './config.ts'

/** The bus did not answer, or it cannot write now. The outcome of a write is then unknown; repeating it with its id is safe. */
export class BusAway extends Error {
  override readonly name = 'BusAway'
}

export class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge'

  constructor(id: string, bytes: number, limitMb: number) {
    super(
      `message ${id} of ${bytes} bytes was refused: the limit is ${limitMb} MB (${limitMb * MB} bytes); nothing was stored`,
    )
  }
}

export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge'

  constructor(id: string, bytes: number, frameLimitMb: number) {
    super(
      `message ${id} of ${bytes} bytes was refused: the bus is away, and a WebSocket frame holds ${frameLimitMb} MB; nothing was sent. Send it again by its id when the bus is back`,
    )
  }
}

export class IdTaken extends Error {
  override readonly name = 'IdTaken'

  constructor(id: string) {
    super(`message ${id} was refused: a message with this id and other content is stored`)
  }
}

export class UnknownId extends Error {
  override readonly name = 'UnknownId'

  constructor(id: string) {
    super(`the bus has no message ${id}`)
  }
}

export class Damaged extends Error {
  override readonly name = 'Damaged'

  constructor(id: string, found: string) {
    super(`message ${id} is damaged: ${found}`)
  }
}

/** The daemon did not take a message. */
export class NotAcknowledged extends Error {
  override readonly name = 'NotAcknowledged'
  /** Whether sending it again by its id may help. */
  readonly isTemporary: boolean

  constructor(id: string, reason: string, { isTemporary }: { readonly isTemporary: boolean }) {
    super(`message ${id} was not acknowledged: ${reason}`)
    this.isTemporary = isTemporary
  }
}

export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}
