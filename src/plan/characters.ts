import type { Problem } from '../errors.ts'
import { placeAt } from './places.ts'

/** Makes text of a file's bytes. A byte order mark is left out. */
export function decode(
  file: string,
  bytes: Uint8Array,
): { readonly text: string } | { readonly problem: Problem } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const text = new TextDecoder().decode(bytes)
    const place = placeAt(text, text.indexOf('\ufffd'))
    const message = 'is not UTF-8 from here on'
    return { problem: { file, ...place, code: 'yaml-not-utf8', message, hint: 'save the file as UTF-8' } }
  }
}

export interface BadCharacter {
  readonly offset: number
  readonly code: string
  readonly message: string
}

/** Characters that no plan needs: those that do not show, or that make text look like other text. */
export function badCharacters(text: string): readonly BadCharacter[] {
  const bad =
    /([\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])|[\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
  return [...text.matchAll(bad)].map(({ 0: character, 1: control, index }) => {
    const name = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    return control === undefined
      ? {
          offset: index,
          code: 'yaml-hidden-character',
          message: `holds ${name}, which hides or reorders text`,
        }
      : { offset: index, code: 'yaml-control-character', message: `holds the control character ${name}` }
  })
}
