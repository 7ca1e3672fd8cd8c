/** A position in a file. Lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
  /** The column after the last character, if that is known and in the same line. */
  readonly end?: number
}

/** The keys and indexes that lead to a value in a document. */
export type Path = readonly PropertyKey[]

/** Positions of the values of a document. A path that does not exist has the position of its nearest parent. */
export interface Places {
  value(path: Path): Place
  key(path: Path): Place
  /** The position of `text` inside the value. Default: the position of the value. */
  text(path: Path, text: string): Place
}

/** Offsets of a key and its value in the source. Ends are exclusive. */
export interface Span {
  readonly key?: number
  readonly keyEnd?: number
  readonly start: number
  readonly end: number
  /** A list or a map, of which only the beginning is underlined. */
  readonly isCollection?: boolean
}

export function placesIn(source: string, spans: ReadonlyMap<string, Span>): Places {
  const placeOf = placesOf(source)

  function spanOf(path: Path): Span {
    for (let length = path.length; length >= 0; length -= 1) {
      const span = spans.get(pathKey(path.slice(0, length)))
      if (span) return span
    }
    return { start: 0, end: 0 }
  }

  return {
    value: (path) => {
      const { start, end, isCollection = false } = spanOf(path)
      return isCollection ? placeOf(start) : placeOf(start, end)
    },
    key: (path) => {
      const { key, keyEnd, start } = spanOf(path)
      return key === undefined ? placeOf(start) : placeOf(key, keyEnd)
    },
    text(path, text) {
      const { start, end } = spanOf(path)
      const found = source.slice(start, end).indexOf(text)
      return found < 0 ? placeOf(start) : placeOf(start + found, start + found + text.length)
    },
  }
}

/** Returns a function that gives the position of an offset, and of the range to another offset. */
export function placesOf(text: string): (offset: number, end?: number) => Place {
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]

  function lineOf(offset: number): number {
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  return (offset, end) => {
    const line = lineOf(offset)
    const start = lineStarts[line] ?? 0
    const place = { line: line + 1, column: offset - start + 1 }
    return end === undefined || end <= offset || lineOf(end - 1) !== line
      ? place
      : { ...place, end: end - start + 1 }
  }
}

/** Encodes a path as the key of a map. */
export function pathKey(path: Path): string {
  return path.map((part) => `\0${String(part)}`).join('')
}

/** The position of `length` characters from an offset. For many offsets of one text use {@link placesOf}. */
export function placeAt(text: string, offset: number, length = 0): Place {
  return placesOf(text)(offset, offset + length)
}
