import type { PlacedEffect } from '../scope/effects.ts'

/** What a command of a script plainly does to something that it did not make itself. */
export interface Act extends Pick<PlacedEffect, 'how' | 'what'> {
  /** As written, where it is no absolute path. */
  readonly name: string
  /** The command, as it stands in the script. */
  readonly text: string
}
