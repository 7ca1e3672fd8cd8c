import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { redraw } from '../../src/cli/redraw.ts'
import { columns } from '../../src/cli/rendering/columns.ts'
import { truncate } from '../../src/steps/format.ts'
import { phaseDetails } from '../../src/workflows/details.ts'
import { cut } from '../../src/workflows/text.ts'

/** What fills as many cells of a terminal as two letters do. */
const TWO_CELLS: readonly (readonly [name: string, text: string])[] = [
  ['letters', 'ab'],
  ['a Chinese character', '\u6f22'],
  ['an emoji', '\u{1f680}'],
  ['an emoji of several parts', '\u{1f469}\u200d\u{1f680}'],
  ['a flag', '\u{1f1e9}\u{1f1ea}'],
  ['letters with combining marks', 'a\u0301b\u0308'],
  ['a Devanagari letter with its sign beside one', '\u0915\u0941b'],
]

describe('columns', () => {
  it.each(TWO_CELLS)('pads a cell of %s to its cells in a terminal', (_, text) => {
    expect(
      columns([
        ['abcd', '|'],
        [text, '|'],
      ]),
    ).toEqual(['abcd  |', `${text}    |`])
    expect(
      columns([
        ['a', '|'],
        [text, '|'],
      ]),
    ).toEqual(['a   |', `${text}  |`])
  })
})

describe('a line drawn at the bottom of a terminal', () => {
  it.each(TWO_CELLS)('of %s does not exceed the width of the terminal', (_, text) => {
    const terminal = Object.assign(new PassThrough(), {
      columns: 12,
      rows: 24,
    }) as unknown as NodeJS.WriteStream
    redraw(terminal, { colours: false }).draw([text.repeat(10)])
    const drawn = String((terminal as unknown as PassThrough).read()).replace('\r\u001b[J', '')
    expect(drawn).toBe(`${text.repeat(5)}\u2026\n`)
  })
})

describe('a cut', () => {
  it('does not split a character of two UTF-16 units', () => {
    expect(cut('\u{1f680}\u{1f680}', 3)).toBe('\u{1f680}')
    expect(cut('abc', 3)).toBe('abc')
    expect(truncate('\u{1f680}\u{1f680}\u{1f680}', 4)).toBe('\u{1f680}\u2026')
  })

  it('of a cell of the Temporal UI does not split the escape of a bar', () => {
    const step = { step: 'it', title: 'It', host: 'server', waitsFor: `${'x'.repeat(299)}||` }
    const request = { ref: { run: 'r' }, phase: { phase: 'p', title: 'P', steps: [step] } }
    const details = phaseDetails(request as never, [{ ...step, state: 'waiting', attempt: 1 }])
    expect(details).toContain(`${'x'.repeat(299)}\\| `)
  })
})
