import { describe, expect, it } from 'vitest'
import { archiveRestore } from '../../src/steps/archive-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { tree } from './joins/archive-restore.ts'
import { inspected, stageOfFile } from './stage.ts'

// Each format and each failure: archive-restore-failures.test.ts.
const stage = stageOfFile()
const must = (script: string) => stage.testHost.must(script)

describe('archive-restore', () => {
  it('unpacks a directory of an archive into a fresh volume, proves it, and removes it', async () => {
    await must(`${tree}; tar -C /backup -czf /backup/all.tar.gz ./made`)
    const step = fieldsOf(archiveRestore, {
      ...{
        archive: '/backup/all.tar.gz',
        from: 'made/shop_db',
        volume: 'fresh',
        live: '/backup/made/shop_db',
      },
    })
    const bound = stage.step()
    const { priorState, changes } = await inspected(archiveRestore, step, bound.at())
    expect(changes).toEqual([
      'makes volume fresh',
      'unpacks made/shop_db of /backup/all.tar.gz: 10 files, 3.0 MB',
    ])
    await archiveRestore.apply(step, priorState, bound.at())
    const evidence = await archiveRestore.verify(step, bound.at())
    expect(evidence).toMatchObject({
      strength: 'proven',
      outputs: { volume: 'fresh' },
      facts: { files: 10, bytes: 3000030 },
    })
    expect(evidence.summary).toContain('has no file that the backup lacks')
    // By rsync, beside the step's own comparison; the archive and the tree have all attributes alike.
    expect(
      await must(
        'rsync -aHAXnc --delete --itemize-changes /backup/made/shop_db/ /var/lib/docker/volumes/fresh/_data/',
      ),
    ).toBe('')

    await must(
      'cd /var/lib/docker/volumes/fresh/_data; printf y | dd of=big bs=1 seek=2000000 conv=notrunc status=none; touch -d "2020-02-29 12:34:56" big',
    )
    await expect(archiveRestore.verify(step, bound.at())).rejects.toThrow('big differs')
    await must('docker volume rm fresh')
    expect(await archiveRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
  })

  it.each([
    ['those of the live one', { live: '/srv/live' }, 'mode 710 and owner 999:998'],
    ['those of the directory that a live volume binds', { live: 'bound' }, 'mode 710 and owner 999:998'],
    ['the owner of its content, where nothing is live', {}, 'mode 755 and owner 33:34'],
  ])(
    'gives a directory that the archive has no entry for %s, so that its service can write',
    async (_, live, got) => {
      await must(`mkdir -p /srv/live /backup/made; chown 999:998 /srv/live; chmod 710 /srv/live
docker volume create -o type=none -o o=bind -o device=/srv/live bound > /dev/null
cd /backup/made; mkdir d; echo 1 > f; chown 33:34 d f; tar -cf /backup/all.tar *`)
      const step = fieldsOf(archiveRestore, { archive: '/backup/all.tar', volume: 'fresh', ...live })
      const bound = stage.step()
      const { priorState } = await inspected(archiveRestore, step, bound.at())
      await archiveRestore.apply(step, priorState, bound.at())
      expect((await archiveRestore.verify(step, bound.at())).summary).toContain(
        `not compared: mode and owner of 1 place, which the archive has no entry for; volume fresh got ${got}`,
      )
      expect(
        await must(
          'stat -c "mode %a and owner %u:%g" /var/lib/docker/volumes/fresh/_data; rm -r /backup/made',
        ),
      ).toBe(got)
      expect(await archiveRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    },
  )

  it('refuses a truncated archive before it makes anything', async () => {
    await must(
      `${tree}; tar -C /backup -cf /backup/all.tar made; head -c 3010000 /backup/all.tar > /backup/short.tar`,
    )
    const step = fieldsOf(archiveRestore, {
      archive: '/backup/short.tar',
      from: 'made/shop_db',
      volume: 'fresh',
    })
    await expect(archiveRestore.inspect(step, stage.step().at())).rejects.toThrow('is truncated or corrupt')
    expect(await must('docker volume ls -q')).toBe('')
  })
})
