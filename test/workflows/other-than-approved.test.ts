import { describe, expect, it } from 'vitest'
import { otherThanApproved } from '../../src/workflows/other-than-approved.ts'

const old = { name: 'path /srv/old', entries: 3, bytes: 8 }
const web = { name: 'container web 0123456789ab', entries: 1, bytes: 0 }
const takes = [old]
const lines = ['copies 1 file, 3 bytes', 'replaces /srv/a: 4 bytes']

describe('what a step would do', () => {
  it('is well where all of it was approved, or it is less by now, or nobody was asked', () => {
    expect(otherThanApproved({ lines, takes }, { lines: lines.toReversed(), takes: [web, old] })).toEqual([])
    expect(
      otherThanApproved({ lines: [], takes: [{ ...old, entries: 2, bytes: 5 }] }, { lines, takes }),
    ).toEqual([])
    expect(otherThanApproved({ lines, takes }, {})).toEqual([])
  })

  it.each([
    ['takes another away', [web], 'it takes away container web 0123456789ab, which was not there'],
    [
      'takes more entries away',
      [{ ...old, entries: 4 }],
      'path /srv/old has 4 entries with 8 bytes, which were 3 entries with 8 bytes',
    ],
    [
      'takes more bytes away',
      [{ ...old, bytes: 9 }],
      'path /srv/old has 3 entries with 9 bytes, which were 3 entries with 8 bytes',
    ],
  ])('is named where it %s', (_, now, line) => {
    expect(otherThanApproved({ lines, takes: now }, { takes })).toEqual([line])
  })

  it('is named where a line was not shown', () => {
    const now = ['copies 10 files, 30 bytes', 'replaces /srv/a: 4 bytes']
    expect(otherThanApproved({ lines: now, takes: [] }, { lines })).toEqual(['copies 10 files, 30 bytes'])
  })
})
