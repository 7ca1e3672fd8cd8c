import { describe, expect, it } from 'vitest'
import { moreThanApproved } from '../../src/workflows/more-than-approved.ts'

const old = { name: 'path /srv/old', entries: 3, bytes: 8 }
const web = { name: 'container web 0123456789ab', entries: 1, bytes: 0 }

describe('what a step would take away', () => {
  it('is well where all of it was approved, or it is less by now', () => {
    expect(moreThanApproved([old, web], [web, old])).toEqual([])
    expect(moreThanApproved([{ ...old, entries: 2, bytes: 5 }], [old, web])).toEqual([])
    expect(moreThanApproved([], [])).toEqual([])
  })

  it.each([
    ['another', [web], 'container web 0123456789ab, which was not there'],
    [
      'more entries',
      [{ ...old, entries: 4 }],
      'path /srv/old: 4 entries with 8 bytes, which were 3 entries with 8 bytes',
    ],
    [
      'more bytes',
      [{ ...old, bytes: 9 }],
      'path /srv/old: 3 entries with 9 bytes, which were 3 entries with 8 bytes',
    ],
  ])('is named where it is %s', (_, takes, line) => {
    expect(moreThanApproved(takes, [old])).toEqual([line])
  })
})
