/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** The way to a value in a document: keys and indexes. */
export type Path = readonly PropertyKey[]

/** Where each value of a document was written. A path that is not there gives the place of what would hold it. */
export interface Places {
  value(path: Path): Place
  key(path: Path): Place
  /** Where `text` stands inside the value; the value's own place where it is not written so. */
  text(path: Path, text: string): Place
}

/** Offsets into the source: of the key, and of the value's first and last character. */
export interface Span {
  readonly key?: number
  readonly start: number
  readonly end: number
}

export function placesIn(source: string, spans: ReadonlyMap<string, Span>): Places {
  const lineStarts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)]

  function spanOf(path: Path): Span {
    for (let length = path.length; length >= 0; length -= 1) {
      const span = spans.get(pathKey(path.slice(0, length)))
      if (span) return span
    }
    return { start: 0, end: 0 }
  }

  function placeOf(offset: number): Place {
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
  }

  return {
    value: (path) => placeOf(spanOf(path).start),
    key: (path) => placeOf(spanOf(path).key ?? spanOf(path).start),
    text(path, text) {
      const { start, end } = spanOf(path)
      const found = source.slice(start, end).indexOf(text)
      return placeOf(found < 0 ? start : start + found)
    },
  }
}

/** One text for a path, to look it up by. */
export function pathKey(path: Path): string {
  return path.map((part) => `\0${String(part)}`).join('')
}

/** The place of an offset in a text. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}
