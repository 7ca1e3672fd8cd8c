import type { Problem } from '../errors.ts'
import { placeAt } from './places.ts'

/** Decodes a file as UTF-8, without its byte order mark. */
export function decode(
  file: string,
  bytes: Uint8Array,
): { readonly text: string } | { readonly problem: Problem } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const text = new TextDecoder().decode(bytes)
    const place = placeAt(text, text.indexOf('\ufffd'))
    const message = 'is not UTF-8 from here'
    return { problem: { file, ...place, code: 'yaml-not-utf8', message, hint: 'save the file as UTF-8' } }
  }
}

export interface BadCharacter {
  readonly offset: number
  readonly code: string
  readonly message: string
  readonly hint: string
}

// The joiners in an emoji of several characters are not hidden characters.
const EMOJI = String.raw`\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?(?:\u200d\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?)*|[0-9#*]\ufe0f\u20e3`
const CONTROL = String.raw`([\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])`
const HIDDEN = String.raw`(\p{Default_Ignorable_Code_Point}|[\u2028\u2029\ufff9-\ufffb])`
const LIMIT = 1000

/** Finds control characters, and characters that hide or reorder text. At most 1,000. */
export function badCharacters(text: string): readonly BadCharacter[] {
  const found: BadCharacter[] = []
  for (const { 0: character, 1: control, 2: hidden, index } of text.matchAll(BAD)) {
    if (found.length === LIMIT) break
    const name = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    if (control !== undefined)
      found.push({
        offset: index,
        code: 'yaml-control-character',
        message: `contains the control character ${name}`,
        hint: 'remove it; text copied from a terminal often contains it',
      })
    else if (hidden !== undefined)
      found.push({
        offset: index,
        code: 'yaml-hidden-character',
        message: `contains ${name}, which hides or reorders text`,
        hint: 'remove it; text copied from a web page often contains it',
      })
  }
  return found
}

const BAD = new RegExp(`${EMOJI}|${CONTROL}|${HIDDEN}`, 'gu')
