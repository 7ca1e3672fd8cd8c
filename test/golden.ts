import { expect } from 'vitest'

/**
 * Pins lines that people read, `place code message (hint)`, in test/golden, which `npm run golden` rewrites. Returns the
 * place and the code of each: tests assert those.
 */
export function pinned(lines: readonly string[]): readonly string[] {
  if (lines.length > 0) expect(lines.join('\n')).toMatchSnapshot()
  return lines.map((line) => line.split(' ').slice(0, 2).join(' '))
}
