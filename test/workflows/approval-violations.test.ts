import { describe, expect, it } from 'vitest'
import { approvalViolations } from '../../src/workflows/approval-violations.ts'

const old = { name: 'path /srv/old', entries: 3, bytes: 8 }
const web = { name: 'container web 0123456789ab', entries: 1, bytes: 0 }
const deletions = [old]
const lines = ['copies 1 file, 3 bytes', 'replaces /srv/a: 4 bytes']

describe('what a step would do', () => {
  it('is well where all of it was approved, or it is less by now, or nobody was asked', () => {
    expect(
      approvalViolations({ lines, deletions }, { lines: lines.toReversed(), deletions: [web, old] }),
    ).toEqual([])
    expect(
      approvalViolations(
        { lines: [], deletions: [{ ...old, entries: 2, bytes: 5 }] },
        { lines, deletions: deletions },
      ),
    ).toEqual([])
    expect(approvalViolations({ lines, deletions }, {})).toEqual([])
  })

  it.each([
    ['deletes something else', [web], 'it deletes container web 0123456789ab, which was not there'],
    [
      'deletions more entries away',
      [{ ...old, entries: 4 }],
      'path /srv/old has 4 entries with 8 bytes, which were 3 entries with 8 bytes',
    ],
    [
      'deletions more bytes away',
      [{ ...old, bytes: 9 }],
      'path /srv/old has 3 entries with 9 bytes, which were 3 entries with 8 bytes',
    ],
  ])('is named where it %s', (_, now, line) => {
    expect(approvalViolations({ lines, deletions: now }, { deletions: deletions })).toEqual([line])
  })

  it('is named where a line was not shown', () => {
    const now = ['copies 10 files, 30 bytes', 'replaces /srv/a: 4 bytes']
    expect(approvalViolations({ lines: now, deletions: [] }, { lines })).toEqual([
      'copies 10 files, 30 bytes',
    ])
  })
})
