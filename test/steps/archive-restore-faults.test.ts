import { beforeAll, describe, expect, it } from 'vitest'
import { archiveRestore } from '../../src/steps/archive-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true, disk: { at: '/var/lib/docker/volumes', mebibytes: 200 } })
const must = (script: string) => stage.testHost.must(script)
const volume = '/var/lib/docker/volumes/fresh/_data'
const step = fieldsOf(archiveRestore, { archive: '/backup/big.tar.bz2', from: 'data', volume: 'fresh' })

// Random bytes are slow to unpack.
beforeAll(() =>
  must(
    'mkdir -p /srv/data; for n in 1 2 3 4; do head -c 10000000 /dev/urandom > /srv/data/$n; done; tar -C /srv -cjf /backup/big.tar.bz2 data',
  ),
)

describe('archive-restore › faults', () => {
  it('a disk that fills up half-way: the target is emptied, and a retry restores all', async () => {
    const bound = stage.step()
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    await must(
      'fallocate -l $(($(df -B1 --output=avail /var/lib/docker/volumes | tail -n 1) - 20000000)) /var/lib/docker/volumes/filler',
    )
    await expect(archiveRestore.apply(step, priorState, bound.at())).rejects.toThrow(
      'No space left on device',
    )
    expect(await must(`ls -A ${volume}; rm /var/lib/docker/volumes/filler`)).toBe('')
    await archiveRestore.apply(step, priorState, bound.at(2))
    expect(await archiveRestore.verify(step, bound.at(2))).toMatchObject({
      strength: 'proven',
      facts: { files: 4 },
    })
    expect(await archiveRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
  })

  it('too little space: refused before anything is made', async () => {
    await must(
      'fallocate -l $(($(df -B1 --output=avail /var/lib/docker/volumes | tail -n 1) - 20000000)) /var/lib/docker/volumes/filler',
    )
    await expect(archiveRestore.inspect(step, stage.step().at())).rejects.toThrow(/are free at/)
    expect(
      await must('rm /var/lib/docker/volumes/filler; docker volume ls -q | grep -vx lost+found || :'),
    ).toBe('')
  })

  it('an archive that is written to while it is unpacked: what was unpacked is removed', async () => {
    const bound = stage.step()
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    const applied = archiveRestore.apply(step, priorState, bound.at()).then(
      () => 'applied',
      (error: unknown) => String(error),
    )
    await must(
      `timeout 60 sh -c 'until [ -e ${volume}/2 ]; do sleep 0.02; done'; printf x >> /backup/big.tar.bz2`,
    )
    expect(await applied).toContain('was replaced or written to while it was unpacked')
    expect(await must(`ls -A ${volume}`)).toBe('')
    await archiveRestore.undo(step, priorState, bound.at('undo-1'))
  })
})
