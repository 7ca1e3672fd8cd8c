import { beforeAll, describe, expect, it } from 'vitest'
import { archiveRestore } from '../../src/steps/archive-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { tree } from './joins/archive-restore.ts'
import { madeArchive } from './made-archive.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script)
const stepOf = (fields: object) => fieldsOf(archiveRestore, { volume: 'fresh', ...fields })
const inspect = async (fields: object) => archiveRestore.inspect(stepOf(fields), stage.step().at())

beforeAll(() => must(`${tree}; cp -a /backup/made /srv/source`))

/** Restores, proves and compares with the source by rsync, and removes the volume again. */
async function restored(fields: object): Promise<string> {
  const [step, bound] = [stepOf(fields), stage.step()]
  const { priorState } = await inspected(archiveRestore, step, bound.at())
  await archiveRestore.apply(step, priorState, bound.at())
  const { summary } = await archiveRestore.verify(step, bound.at())
  const differences = await must(
    'rsync -aHAXnc --delete --itemize-changes /srv/source/shop_db/ /var/lib/docker/volumes/fresh/_data/',
  )
  expect(differences).toBe('')
  expect(await archiveRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
  return summary
}

describe('archive-restore › formats', () => {
  it.each([
    ['tar', 'tar -C /srv/source -cf /backup/f.tar shop_db', 'f.tar', 'shop_db'],
    ['tar.gz of the directory itself', 'tar -C /srv/source/shop_db -czf /backup/f.tar.gz .', 'f.tar.gz', '.'],
    ['tar.zst', 'tar -C /srv/source --zstd -cf /backup/f.tar.zst ./shop_db', 'f.tar.zst', 'shop_db'],
    [
      'tar.xz in the format of pax',
      'tar -C /srv --format=pax -cJf /backup/f.tar.xz source',
      'f.tar.xz',
      'source/shop_db',
    ],
    ['tar.bz2, by a pattern', 'tar -C /srv -cjf /backup/f.tar.bz2 source', 'f.tar.bz2', '*/shop_db'],
    [
      'parts of a split tar.gz',
      'tar -C /srv/source -czf - shop_db | split -b 3000 - /backup/f.tar.gz.',
      'f.tar.gz.aa',
      'shop_db',
    ],
    [
      'numbered parts',
      'tar -C /srv/source -cf - shop_db | split -b 300000 -a 3 --numeric-suffixes=1 - /backup/f.tar.',
      'f.tar.001',
      'shop_db',
    ],
  ])('%s', async (_format, pack, file, from) => {
    // Only these keep a fraction of a second.
    await must(
      `rm -f /backup/f.*; ${pack.includes('pax') ? pack : `find /srv/source -exec touch -hd 2024-01-01 {} +; ${pack}`}`,
    )
    expect(await restored({ archive: `/backup/${file}`, from })).toContain(
      'each path with type, mode, owner, time',
    )
  })

  it('extended attributes and access lists', async () => {
    // As setfattr and setfacl, which the test host does not have, would set them.
    await must(String.raw`set -e
perl -e 'sub set { my ($path, $name, $value) = @_; syscall(188, $path, $name, $value, length $value, 0) == 0 or die "$name: $!" }
set("/srv/source/shop_db/file", "user.note", "kept"); set("/srv/source/shop_db/big", "security.capability", pack("V*", 0x02000001, 1024, 0, 0, 0))'
rm -f /backup/f.*; tar -C /srv/source --xattrs --xattrs-include='*' --acls -czf /backup/f.tar.gz shop_db`)
    expect(await restored({ archive: '/backup/f.tar.gz', from: 'shop_db' })).toContain(
      'extended attributes of 2 files compared',
    )
  })
})

describe('archive-restore › a directory without an entry in the archive', () => {
  it('can be entered by others, and the evidence says that it was not compared', async () => {
    await must('rm -f /backup/f.*; tar -C /srv/source/shop_db -cf /backup/f.tar .hidden sub/hard')
    const [step, bound] = [stepOf({ archive: '/backup/f.tar' }), stage.step()]
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    await archiveRestore.apply(step, priorState, bound.at())
    const { summary } = await archiveRestore.verify(step, bound.at())
    expect(summary).toContain('not compared: mode and owner of 2 places')
    expect(await must('stat -c %a /var/lib/docker/volumes/fresh/_data/sub')).toBe('755')
    await archiveRestore.undo(step, priorState, bound.at('undo-1'))
  })
})

/** A file of an archive that is made here. */
const made = (...members: Parameters<typeof madeArchive>[0]) =>
  `echo ${madeArchive(members)} | base64 -d > /backup/x.tar`
const file = { name: 'data/file', text: 'x' }

describe('archive-restore › refuses, before it makes anything', () => {
  it.each([
    [
      'an absolute path',
      made({ name: '/etc/cron.d/job', text: 'x' }),
      'has the absolute path /etc/cron.d/job',
    ],
    [
      'a path that climbs',
      made(file, { name: 'data/../../etc/job', text: 'x' }),
      'has the path data/../../etc/job',
    ],
    [
      'an absolute link',
      made(file, { name: 'data/link', type: '2', link: '/etc' }),
      'has the link data/link to /etc',
    ],
    [
      'a link that climbs',
      made(file, { name: 'data/sub/link', type: '2', link: '../../other' }),
      'has the link data/sub/link to ../../other',
    ],
    [
      'a link through a link',
      made(
        file,
        { name: 'data/sub/up', type: '2', link: '..' },
        { name: 'data/l', type: '2', link: 'sub/up/../..' },
      ),
      'has the link data/l to sub/up/../..',
    ],
    [
      'a link through a link that another link leads to',
      made(
        file,
        { name: 'data/e/d', type: '2', link: '../sub' },
        { name: 'data/sub/f/x', type: '2', link: '../../shallow' },
        { name: 'data/out', type: '2', link: 'e/d/f/x/../../etc' },
      ),
      'has the link data/out to e/d/f/x/../../etc',
    ],
    [
      'two archives, one after the other',
      `for part in ${madeArchive([file])} ${madeArchive([{ name: 'data/more', text: 'y' }])}; do echo $part | base64 -d | gzip; done > /backup/x.tar`,
      'several archives follow each other',
    ],
    [
      'a tar that was cut after a file that ends in zeros',
      `echo ${madeArchive([{ name: 'data/zeros', text: '\0'.repeat(2048) }, file])} | base64 -d | head -c 2560 > /backup/x.tar`,
      'the blocks of zeros at its end are missing',
    ],
    [
      'a file through a link',
      made({ name: 'data/l', type: '2', link: 'sub' }, { name: 'data/l/file', text: 'x' }),
      'has data/l/file, which lies below data/l',
    ],
    [
      'a link that becomes a directory',
      made(file, { name: 'data/l', type: '2', link: 'sub' }, { name: 'data/l', type: '5' }),
      'has data/l twice, with different types',
    ],
    ['a file twice', made(file, { name: 'data/file', text: 'y' }), 'has data/file more than once'],
    [
      'a hard link to a file outside',
      made(file, { name: 'data/hard', type: '1', link: 'etc/shadow' }),
      'has data/hard as a hard link to etc/shadow',
    ],
    [
      'a hard link to a file of another directory',
      made(file, { name: 'other/file', text: 'x' }, { name: 'data/hard', type: '1', link: 'other/file' }),
      'has data/hard as a hard link to other/file',
    ],
    ['a device', made(file, { name: 'data/sda', type: '3' }), 'has data/sda, which is a device'],
    ['a FIFO', made(file, { name: 'data/pipe', type: '6' }), 'has data/pipe, which is a FIFO'],
    ['no file', made({ name: 'data', type: '5' }), 'has no file in data'],
    [
      'another directory',
      made({ name: 'backup/shop_db/file', text: 'x' }),
      'has nothing in data. It has: backup, backup/shop_db',
    ],
    ['a file of that name', made({ name: 'data', text: 'x' }), 'has data as a file'],
    [
      'no end',
      `${made(file)}; head -c 1024 /backup/x.tar > /backup/y; mv /backup/y /backup/x.tar`,
      'blocks of zeros at its end are missing',
    ],
    [
      'a broken header',
      `${made(file, { name: 'data/b', text: 'x' })}; printf z | dd of=/backup/x.tar bs=1 seek=1030 conv=notrunc status=none`,
      'is truncated or corrupt',
    ],
    ['nothing in it', ': > /backup/x.tar', 'is empty'],
    ['a text', 'echo hello > /backup/x.tar', 'is not a tar archive'],
    ['a zip archive', "printf 'PK\\003\\004xxxxxxx' > /backup/x.tar", 'is a zip archive'],
    [
      'a truncated gzip',
      `head -c 1000000 /dev/urandom > /srv/noise; tar -C /srv -czf - noise | head -c 500000 > /backup/x.tar`,
      'is truncated or corrupt: gzip',
    ],
    [
      'a flipped byte in a gzip',
      `mkdir -p /srv/d/data; head -c 1000000 /dev/urandom > /srv/d/data/noise; tar -C /srv/d -czf /backup/x.tar data
      printf x | dd of=/backup/x.tar bs=1 seek=500000 conv=notrunc status=none; printf y | dd of=/backup/x.tar bs=1 seek=500001 conv=notrunc status=none`,
      'is truncated or corrupt: gzip',
    ],
    [
      'a decompression bomb',
      'mkdir -p /srv/d/data; truncate -s 200M /srv/d/data/zeros; tar -C /srv/d -cf - data | gzip > /backup/x.tar',
      'as a decompression bomb does',
    ],
    [
      'more than the disk has',
      made({ name: 'data/file', size: 8_000_000_000 }),
      /cannot be read to its end|are free/,
    ],
  ])('%s', async (_name, make, says) => {
    await must(`rm -rf /srv/d /backup/x.tar*; ${make}`)
    await expect(inspect({ archive: '/backup/x.tar', from: 'data' })).rejects.toThrow(says)
    expect(await must('docker volume ls -q; ls /tmp')).toBe('')
  })

  it('a missing part, by its name', async () => {
    await must(
      'rm -f /backup/f.*; tar -C /srv/source -czf - shop_db | split -b 1000 - /backup/f.tar.gz.; rm /backup/f.tar.gz.ab',
    )
    await expect(inspect({ archive: '/backup/f.tar.gz.aa', from: 'shop_db' })).rejects.toThrow(
      'the part /backup/f.tar.gz.ab of the archive is missing',
    )
  })

  it('a link that leads out of its target is restored where the plan says so, and nothing is written through it', async () => {
    await must(`rm -f /backup/x.tar; ${made(file, { name: 'data/log', type: '2', link: '/dev/stdout' })}`)
    const [step, bound] = [
      stepOf({ archive: '/backup/x.tar', from: 'data', linksOutside: 'keep' }),
      stage.step(),
    ]
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    await archiveRestore.apply(step, priorState, bound.at())
    await archiveRestore.verify(step, bound.at())
    expect(await must('readlink /var/lib/docker/volumes/fresh/_data/log')).toBe('/dev/stdout')
    await archiveRestore.undo(step, priorState, bound.at('undo-1'))
  })
})

describe('archive-restore › an archive that changes', () => {
  it('between inspection and apply: nothing is unpacked', async () => {
    await must('rm -f /backup/f.*; tar -C /srv/source -czf /backup/f.tar.gz shop_db')
    const [step, bound] = [stepOf({ archive: '/backup/f.tar.gz', from: 'shop_db' }), stage.step()]
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    await must('cp /backup/f.tar.gz /backup/f.new; mv /backup/f.new /backup/f.tar.gz')
    await expect(archiveRestore.apply(step, priorState, bound.at())).rejects.toThrow(
      'was replaced or written to since it was inspected',
    )
    expect(await must('ls -A /var/lib/docker/volumes/fresh/_data')).toBe('')
    await archiveRestore.undo(step, priorState, bound.at('undo-1'))
  })
})
