import { describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepNotVerified, StepRefused } from '../../src/errors.ts'
import type { Answer } from '../../src/host/host.ts'
import { Secret } from '../../src/shell/secret.ts'
import { composeUp } from '../../src/steps/compose-up/index.ts'
import { copyProgress } from '../../src/steps/volume-restore/index.ts'
import { volumeRestore } from '../../src/steps/volume-restore/index.ts'
import { composeFile } from './joins/compose-up.ts'
import { awkwardTree } from './joins/volume-restore.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected, mapAndClose } from './stage.ts'

const stage = stageOfFile({ disk: { at: '/var/lib/docker/volumes', mebibytes: 500 } })

const step = fieldsOf(volumeRestore, { from: '/backup/tree', volume: 'fresh' })
const AT = '/var/lib/docker/volumes/fresh/_data'
const must = (script: string) => stage.testHost.must(script)

/** Looks and runs, as far as the end of the copy. */
async function restored(bound: Bound, restore = step) {
  const look = await inspected(volumeRestore, restore, bound.at())
  await volumeRestore.apply(restore, look.priorState, bound.at())
  return look.priorState
}

async function refusal(arrange: string, fields = step): Promise<string> {
  await must(arrange)
  const before = await must('docker volume ls -q')
  const error: unknown = await volumeRestore
    .inspect(fields, stage.step().at())
    .catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StepRefused)
  expect(await must('docker volume ls -q')).toBe(before)
  return (error as StepRefused).message
}

describe('volume-restore › verify › a copy that differs', () => {
  it('fails when a byte differs at equal size and mtime', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    await restored(bound)
    await volumeRestore.verify(step, bound.at())
    await must(
      `cp -p ${AT}/big /tmp/times; printf y | dd of=${AT}/big bs=1 seek=1234567 conv=notrunc status=none; touch -r /tmp/times ${AT}/big`,
    )
    await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(StepNotVerified)
    await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(
      'differs from /backup/tree (1 path): big differs',
    )
  })

  it.each([
    ['another mode', 'chmod 4750 big', 'big differs'],
    ['another owner', 'chown 0 file', 'file differs'],
    ['another link target', 'ln -sfn ../big sub/soft', 'sub/soft differs'],
    ['a parted hard link', 'cp -p file x; mv x sub/hard', 'sub/hard differs'],
    ['a missing directory', 'rmdir empty', 'empty is missing in the volume'],
    ['a file too many', 'touch "$(printf "more\\nlines")"', 'more?lines is only in the volume'],
  ])('is red for %s', async (_, damage, named) => {
    await must(awkwardTree)
    const bound = stage.step()
    await restored(bound)
    await must(`cd ${AT}; ${damage}`)
    await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(named)
  })

  itInDepth(
    'is red for an extended attribute that is lost or another, and for another access list',
    async () => {
      const python = (at: string, words: string) =>
        must(
          `docker run --rm --user 0 -v ${at}:/at --entrypoint python3 testbed/guestbook:1 -c 'import os; os.chdir("/at"); ${words}'`,
        )
      await must(`${awkwardTree}; mkdir '/backup/tree/sp ace/a=x '; touch '/backup/tree/sp ace/-x'`)
      await python(
        '/backup/tree',
        'os.setxattr("file", "user.note", b"kept"); os.setxattr("sp ace", "user.note", b"of a directory"); os.setxattr("new\\nline", "user.note", b"odd")',
      )
      const bound = stage.step()
      await restored(bound)
      expect((await volumeRestore.verify(step, bound.at())).summary).toContain('extended attributes compared')
      await python(
        AT,
        'os.removexattr("file", "user.note"); os.setxattr("sp ace", "user.note", b"of another")',
      )
      await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(
        '(3 paths): file has other extended attributes or access lists; ',
      )
      await python(
        AT,
        'os.setxattr("file", "user.note", b"kept"); os.setxattr("sp ace", "user.note", b"of a directory")',
      )
      await volumeRestore.verify(step, bound.at())
      // An access list as the kernel takes it: version 2; user, user 33, group, mask, others.
      await python(
        AT,
        'import struct; os.setxattr("big", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in ((1, 7, 2**32 - 1), (2, 4, 33), (4, 5, 2**32 - 1), (16, 5, 2**32 - 1), (32, 1, 2**32 - 1))))',
      )
      await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(
        '(1 path): big has other extended attributes or access lists',
      )
    },
  )

  it('passes with a hard link out of the tree', async () => {
    await must(`${awkwardTree}; ln big /backup/yesterday; ln file /backup/also`)
    const bound = stage.step()
    await restored(bound)
    expect((await volumeRestore.verify(step, bound.at())).strength).toBe('proven')
    await must(`cd ${AT}; ln big other; rm file; ln sub/hard file`)
    await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow(
      '(2 paths): other is only in the volume; big differs',
    )
  })

  it('is repaired by the next attempt, which compares checksums', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    const priorState = await restored(bound)
    await must(
      `cp -p ${AT}/big /tmp/times; printf y | dd of=${AT}/big bs=1 seek=9 conv=notrunc status=none; touch -r /tmp/times ${AT}/big; touch ${AT}/extra`,
    )
    await volumeRestore.apply(step, priorState, bound.at(2))
    expect((await volumeRestore.verify(step, bound.at(2))).strength).toBe('proven')
  })

  it('fails when the source has changed', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    await restored(bound)
    await must('echo more >> /backup/tree/file')
    await expect(volumeRestore.verify(step, bound.at())).rejects.toThrow('file differs')
  })
})

describe('volume-restore › readBack: disk', () => {
  const fromDisk = fieldsOf(volumeRestore, { from: '/backup/tree', volume: 'fresh', readBack: 'disk' })

  itInDepth('finds damage on the disk that the page cache hides', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    await restored(bound)
    const inMemory = await volumeRestore.verify(step, bound.at())
    const onDisk = await volumeRestore.verify(fromDisk, bound.at())
    expect(inMemory.summary).not.toContain('disk')
    expect(onDisk.summary).toContain('; read back from the disk (3.0 MB)')
    expect(onDisk.facts?.['manifest']).toBe(inMemory.facts?.['manifest'])
    // A byte of its first block changes behind the back of the file system, which has the file in memory.
    await must(`
cat ${AT}/big > /dev/null
device=$(findmnt -no SOURCE -T ${AT}) size=$(stat -fc %S ${AT})
block=$(debugfs -R 'bmap /fresh/_data/big 0' "$device" 2> /dev/null)
printf y | dd of="$device" bs=1 seek=$((block * size + 7)) conv=notrunc,fsync status=none`)
    expect((await volumeRestore.verify(step, bound.at())).strength).toBe('proven')
    await expect(volumeRestore.verify(fromDisk, bound.at())).rejects.toThrow('(1 path): big differs')
  })

  it('fails if nothing can be read from a disk', async () => {
    await must(`${awkwardTree}; mkdir /srv/memory; mount -t tmpfs tmpfs /srv/memory`)
    const at = { from: '/backup/tree', path: '/srv/memory/restored' }
    const bound = stage.step()
    await restored(bound, fieldsOf(volumeRestore, at))
    await expect(
      volumeRestore.verify(fieldsOf(volumeRestore, { ...at, readBack: 'disk' }), bound.at()),
    ).rejects.toThrow('only 0 bytes of its 3.0 MB came from the disk')
    await must('umount /srv/memory')
  })

  itInDepth(
    'keeps the holes of a sparse file, counts its blocks, and says what the live place has more',
    async () => {
      await must(
        `mkdir -p /backup/tree /srv/live; cd /backup/tree; echo one > one; echo two > two; touch -d 2026-01-02T03:04Z one two
      truncate -s 900M disk.img; printf x | dd of=disk.img bs=1 seek=500000000 conv=notrunc status=none; touch -d 2026-01-01 disk.img
      cp -p one /srv/live; echo changed > /srv/live/two; echo three > /srv/live/three; touch -d 2026-02-03T04:05Z /srv/live/t*`,
      )
      const bound = stage.step()
      // 900 MB are more than the disk has.
      const sparse = fieldsOf(volumeRestore, { from: '/backup/tree', volume: 'fresh', live: '/srv/live' })
      await restored(bound, sparse)
      const { summary, facts } = await volumeRestore.verify(sparse, bound.at())
      expect(Number(await must(`stat -c %b ${AT}/disk.img`))).toBeLessThan(100)
      expect(Number(facts?.['allocatedBytes'])).toBeLessThan(1_000_000)
      expect(summary).toContain(
        'the live /srv/live has 1 file that the backup lacks and 1 newer or of another size; newest change 2026-02-03T04:05Z, of the backup 2026-01-02T03:04Z',
      )
      await must('rm -r /srv/live')
      expect((await volumeRestore.verify(sparse, bound.at())).summary).toContain('/srv/live is not there')
    },
  )
  itInDepth('inspects many members', async () => {
    await must('for i in $(seq 100); do mkdir -p /backup/$i; echo $i > /backup/$i/file; done')
    const members = Array.from({ length: 100 }, (_, index) => ({
      ...{ from: `/backup/${index + 1}`, volume: `fresh-${index + 1}` },
    }))
    const found = await inspected(volumeRestore, fieldsOf(volumeRestore, { members }), stage.step().at())
    expect(found.changes).toHaveLength(200)
    expect(JSON.stringify(found.priorState).length).toBeLessThan(4096)
  })
  it('has equal checksums from openssl and sha256sum', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    await restored(bound)
    const usual = await volumeRestore.verify(step, bound.at())
    // One that is not built on openssl's library, as those of other distributions are not.
    const other = '/usr/local/bin/sha256sum'
    await must(`printf '#!/bin/sh\nexec /usr/bin/sha256sum "$@"\n' > ${other}; chmod +x ${other}`)
    expect((await volumeRestore.verify(step, bound.at())).facts).toEqual(usual.facts)
    await must(`rm ${other}`)
  })
})

describe('volume-restore › prestage and finalize', () => {
  const prestaged = fieldsOf(volumeRestore, { from: '/backup/tree', volume: 'fresh', prestage: true })
  const finishing = fieldsOf(volumeRestore, { from: '/backup/tree', volume: 'fresh', finalize: 'try/it' })
  const IN_USE = `${awkwardTree}; docker run -d --name writer -v /backup/tree:/x testbed/nginx:1 > /dev/null`

  it('finalize copies changes by checksum; the undo of the prestaging step removes the target', async () => {
    await must(IN_USE)
    const bound = stage.step()
    const last = bound.later('last')
    expect(await volumeRestore.inspect(finishing, last.at())).toMatchObject({
      text: 'volume fresh, which try/it prestages',
    })
    const priorState = await restored(bound, prestaged)
    expect(await volumeRestore.verify(prestaged, bound.at())).toMatchObject({
      strength: 'observed',
      summary: expect.stringMatching(/prestaged from a source in use, not compared yet$/) as string,
    })
    // Of the same size and time: only its sum tells. One is new, and one gone.
    await must(`cp -p /backup/tree/big /tmp/times; printf y | dd of=/backup/tree/big bs=1 seek=9 conv=notrunc status=none
touch -r /tmp/times /backup/tree/big; echo new > /backup/tree/sub/new; rm /backup/tree/.hidden`)
    expect(await volumeRestore.inspect(finishing, last.at())).toMatchObject({
      text: expect.stringContaining('container writer may write to') as string,
    })
    await must('docker stop writer > /dev/null')
    const looked = await inspected(volumeRestore, finishing, last.at())
    await volumeRestore.apply(finishing, looked.priorState, last.at())
    expect((await volumeRestore.verify(finishing, last.at())).strength).toBe('proven')
    expect(await volumeRestore.inspect(finishing, bound.later('again').at())).toMatchObject({
      changes: [],
    })
    expect(await volumeRestore.undo(finishing, looked.priorState, last.at('undo-1'))).toEqual([])
    expect(await must('docker volume ls -q')).toContain('fresh')
    expect(await volumeRestore.undo(prestaged, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('docker volume ls -q')).not.toContain('fresh')
  })

  it('finalize fails if anything was written to the target', async () => {
    await must(IN_USE)
    const bound = stage.step()
    await restored(bound, prestaged)
    await must(`docker stop writer > /dev/null; echo theirs > ${AT}/theirs`)
    const last = bound.later('last')
    const looked = await inspected(volumeRestore, finishing, last.at())
    await expect(volumeRestore.apply(finishing, looked.priorState, last.at())).rejects.toThrow(
      'volume fresh was written to since it was prestaged; nothing was copied',
    )
  })
})

describe('volume-restore › inspect › the source', () => {
  it('is refused if it is empty', async () => {
    expect(await refusal('mkdir -p /backup/tree/only/directories')).toContain('/backup/tree has no files')
  })
  it('is refused if its database runs or was not shut down', async () => {
    const message = await refusal(
      'mkdir -p /backup/tree/data; echo 17 > /backup/tree/data/PG_VERSION; touch /backup/tree/data/postmaster.pid',
    )
    expect(message).toContain('/backup/tree/data/postmaster.pid exists')
    await must('rm /backup/tree/data/postmaster.pid')
    expect(await refusal('touch /backup/tree/data/ibtmp1')).toContain('/backup/tree/data/ibtmp1 exists')
  })
  it('is blocked on a container that may write to it', async () => {
    await must(
      `${awkwardTree}; docker run -d --name writer -v /backup/tree/sub:/x testbed/nginx:1 > /dev/null`,
    )
    expect(await volumeRestore.inspect(step, stage.step().at())).toMatchObject({
      text: 'the source /backup/tree, which container writer may write to, to be out of use',
    })
  })
  it.each([
    ['has a file of it open', 'sleep 30 >> /backup/tree/file & sleep 0.2', 'sleep'],
    ['has mapped a file of it and closed it', mapAndClose('/backup/tree/file'), 'perl'],
  ])('L5 › is refused while a process %s', async (_, writes, name) => {
    const message = await refusal(`${awkwardTree}; ${writes}`)
    expect(message).toMatch(new RegExp(`process ${name} \\(\\d+\\) can write to a file of it`))
    await must(`pkill -x ${name} || :`)
  })
  it('L5 › is refused if a database runs deep below it', async () => {
    const message = await refusal('mkdir -p /backup/tree/a/b/c/d; touch /backup/tree/a/b/c/d/ibtmp1')
    expect(message).toContain('/backup/tree/a/b/c/d/ibtmp1 exists')
  })
  it('is refused when a symbolic link is on the way', async () => {
    const message = await refusal(
      'mkdir -p /srv/real/tree; echo > /srv/real/tree/file; ln -s /srv/real /backup/link',
      {
        ...step,
        from: '/backup/link/tree',
      },
    )
    expect(message).toContain('/backup/link, on the way to /backup/link/tree, is a symbolic link')
  })
  it('is blocked if it is missing', async () => {
    expect(await volumeRestore.inspect(step, stage.step().at())).toMatchObject({
      text: 'the source /backup/tree',
    })
  })
})

describe('volume-restore › the target', () => {
  it('is refused when the volume exists', async () => {
    expect(await refusal(`${awkwardTree}; docker volume create fresh > /dev/null`)).toContain(
      'needs a fresh target',
    )
  })
  it('is refused with the owner label of another step', async () => {
    const message = await refusal(
      `${awkwardTree}; docker volume create --label reinstate.owner=run/try/other fresh > /dev/null`,
    )
    expect(message).toContain('was not made by this step')
  })
  it('is refused when a container uses it, naming that', async () => {
    const message = await refusal(
      `${awkwardTree}; docker create --name user -v fresh:/x testbed/nginx:1 > /dev/null`,
    )
    expect(message).toContain('volume fresh is used by container user')
  })
  it('is refused when it does not fit, with both numbers', async () => {
    const message = await refusal('mkdir -p /backup/tree; head -c 600000000 /dev/zero > /backup/tree/large')
    expect(message).toMatch(/needs 630\.\d MB .* but 4\d\d\.\d MB are free at \/var\/lib\/docker\/volumes/)
  })
  it('apply › fails if the target was created after the inspection', async () => {
    await must(awkwardTree)
    const bound = stage.step()
    const look = await inspected(volumeRestore, step, bound.at())
    await must(`docker volume create fresh > /dev/null; echo theirs > ${AT}/file`)
    await expect(volumeRestore.apply(step, look.priorState, bound.at())).rejects.toThrow(
      'was not made by this step',
    )
    expect(await volumeRestore.undo(step, look.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must(`cat ${AT}/file`)).toBe('theirs')
  })
  it('apply › refuses a volume with a device option', async () => {
    await must(`${awkwardTree}; mkdir -p /srv/live; echo theirs > /srv/live/file`)
    const bound = stage.step()
    await must(
      `docker volume create --label reinstate.owner=${bound.mark} -o type=none -o o=bind -o device=/srv/live fresh > /dev/null`,
    )
    await expect(volumeRestore.inspect(step, bound.at())).rejects.toThrow('needs a fresh target')
  })
})

describe('volume-restore › a directory as the target', () => {
  const into = fieldsOf(volumeRestore, { from: '/backup/tree', path: '/srv/app/data' })

  it('is verified by the same manifest', async () => {
    await must(`mkdir -p /srv/app; ${awkwardTree}`)
    const bound = stage.step()
    await restored(bound, into)
    expect((await volumeRestore.verify(into, bound.at())).summary).toMatch(
      /^directory \/srv\/app\/data equals \/backup\/tree: \d+ files, 3\.0 MB, by manifests/,
    )
    await must('rm /srv/app/data/big')
    await expect(volumeRestore.verify(into, bound.at())).rejects.toThrow('big is missing in the directory')
  })
  itInDepth('shares its blocks with the source where the file system can', async () => {
    await must(`truncate -s 600M /srv/blocks.img; mkfs.btrfs -q /srv/blocks.img; mkdir -p /srv/blocks; mount -o loop /srv/blocks.img /srv/blocks
      ${awkwardTree}; mv /backup/tree /srv/blocks; head -c 200M /dev/urandom > /srv/blocks/tree/large`)
    try {
      const bound = stage.step()
      const shared = fieldsOf(volumeRestore, { from: '/srv/blocks/tree', path: '/srv/blocks/data' })
      await restored(bound, shared)
      expect((await volumeRestore.verify(shared, bound.at())).strength).toBe('proven')
      expect(await must('find /srv/blocks/data -name .clone')).toBe('')
      // 200 MB once, and what the file system needs for itself.
      expect(Number(await must('df --output=used -BM /srv/blocks | tail -n 1 | tr -d " M"'))).toBeLessThan(
        300,
      )
    } finally {
      await must('umount /srv/blocks; rm -r /srv/blocks /srv/blocks.img')
    }
  })
  it.each([
    [
      'it is there',
      'mkdir -p /srv/app/data; touch /srv/app/data/theirs',
      'directory /srv/app/data exists and was not made by this step',
    ],
    [
      'it is there and empty',
      'mkdir -p /srv/app/data',
      'directory /srv/app/data exists and was not made by this step',
    ],
    [
      'it is a link to nowhere',
      'mkdir -p /srv/app; ln -s /nowhere /srv/app/data',
      '/srv/app/data, on the way to /srv/app/data, is a symbolic link',
    ],
    [
      'a link is on the way',
      'mkdir -p /srv/real; ln -s real /srv/app',
      '/srv/app, on the way to /srv/app/data, is a symbolic link',
    ],
    [
      'a container mounts it',
      'mkdir -p /srv/app/data; docker create --name user -v /srv/app/data/db:/x testbed/nginx:1 > /dev/null',
      'directory /srv/app/data is used by container user',
    ],
  ])('is refused when %s', async (_, arrange, named) => {
    expect(await refusal(`${awkwardTree}; ${arrange}`, into)).toContain(named)
  })
  it('is blocked if its parent is missing', async () => {
    await must(awkwardTree)
    expect(await volumeRestore.inspect(into, stage.step().at())).toMatchObject({
      text: 'the directory of /srv/app/data',
    })
  })
  it('is neither written nor removed if it was created after the inspection', async () => {
    await must(`mkdir -p /srv/app; ${awkwardTree}`)
    const bound = stage.step()
    const look = await inspected(volumeRestore, into, bound.at())
    await must('mkdir /srv/app/data; echo theirs > /srv/app/data/file')
    await expect(volumeRestore.apply(into, look.priorState, bound.at())).rejects.toThrow(
      'was not made by this step',
    )
    expect(await volumeRestore.undo(into, look.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('cat /srv/app/data/file; ls -A /srv/app')).toBe('theirs\ndata')
  })
  it('undo › keeps another directory of the same name', async () => {
    await must(`mkdir -p /srv/app; ${awkwardTree}`)
    const bound = stage.step()
    const priorState = await restored(bound, into)
    await must('rm -rf /srv/app/data; mkdir /srv/app/data; echo theirs > /srv/app/data/file')
    expect(await volumeRestore.undo(into, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('cat /srv/app/data/file')).toBe('theirs')
  })
  it('undo › keeps it if it was written to or a container mounts it', async () => {
    await must(`mkdir -p /srv/app; ${awkwardTree}`)
    const bound = stage.step()
    const priorState = await restored(bound, into)
    await must('docker create --name user -v /srv/app/data:/x testbed/nginx:1 > /dev/null')
    expect(await volumeRestore.undo(into, priorState, bound.at('undo-1'))).toEqual([
      { what: 'directory /srv/app/data', why: 'container user uses it; kept' },
    ])
    await must('docker rm user > /dev/null; echo more >> /srv/app/data/file')
    expect(await volumeRestore.undo(into, priorState, bound.at('undo-2'))).toEqual([
      {
        what: 'directory /srv/app/data',
        why: 'written to after the restore; these writes exist nowhere else; kept',
      },
    ])
    expect(await must('tail -n 1 /srv/app/data/file')).toBe('onemore')
  })
  it('undo › removes a scratch target that was written to, unless a container mounts it', async () => {
    await must(`mkdir -p /srv/app; ${awkwardTree}`)
    const bound = stage.step()
    const scratch = { ...into, scratch: true }
    const priorState = await restored(bound, scratch)
    await must(
      'echo more >> /srv/app/data/file; docker create --name user -v /srv/app/data:/x testbed/nginx:1 > /dev/null',
    )
    expect(await volumeRestore.undo(scratch, priorState, bound.at('undo-1'))).toEqual([
      { what: 'directory /srv/app/data', why: 'container user uses it; kept' },
    ])
    await must('docker rm user > /dev/null')
    expect(await volumeRestore.undo(scratch, priorState, bound.at('undo-2'))).toEqual([])
    expect(await must('ls -A /srv/app')).toBe('')
  })
})

describe('volume-restore › members', () => {
  const both = fieldsOf(volumeRestore, {
    members: [
      { from: '/backup/tree', volume: 'fresh' },
      { from: '/backup/bind', path: '/srv/app/bind' },
    ],
  })
  const arrange = `mkdir -p /srv/app /backup/bind; echo bound > /backup/bind/file; ${awkwardTree}`

  it('verify only together', async () => {
    await must(arrange)
    const bound = stage.step()
    await restored(bound, both)
    expect((await volumeRestore.verify(both, bound.at())).summary).toMatch(
      /^volume fresh equals \/backup\/tree; directory \/srv\/app\/bind equals \/backup\/bind; together: \d+ files/,
    )
    await must('echo other > /srv/app/bind/file')
    await expect(volumeRestore.verify(both, bound.at())).rejects.toThrow(
      'directory /srv/app/bind differs from /backup/bind (1 path): file differs',
    )
  })
  it('are refused together when they do not fit on their disk together', async () => {
    const large = fieldsOf(volumeRestore, {
      members: [
        { from: '/backup/one', volume: 'one' },
        { from: '/backup/two', volume: 'two' },
      ],
    })
    const message = await refusal(
      'for name in one two; do mkdir /backup/$name; head -c 250000000 /dev/zero > /backup/$name/large; done',
      large,
    )
    expect(message).toMatch(
      /^the sources \/backup\/one, \/backup\/two need 525\.\d MB .* but 4\d\d\.\d MB are free/,
    )
  })
  it('are refused together when one of them is not fresh', async () => {
    expect(await refusal(`${arrange}; docker volume create fresh > /dev/null`, both)).toContain(
      'volume fresh exists',
    )
  })
  it('undo › does not take for written to what a later step wrote and removed again', async () => {
    await must(arrange)
    const bound = stage.step()
    const priorState = await restored(bound, both)
    await must(
      `echo x > ${AT}/restored-run.yaml; rm ${AT}/restored-run.yaml; touch /srv/app/bind/more; rm /srv/app/bind/more`,
    )
    expect(await volumeRestore.undo(both, priorState, bound.at('undo-1'))).toEqual([])
  })
  it.each([
    ['pg_wal/000000010000000000000001 global/pg_control', 'only PostgreSQL itself wrote to it'],
    [
      'pg_wal/000000010000000000000001 base/1/1259',
      'written to after the restore; these writes exist nowhere else',
    ],
  ])('undo › of PostgreSQL data › tells the server from its users: %s', async (files, why) => {
    await must(
      `${arrange}; cd /backup/tree; mkdir -p pg_wal global base/1; for file in PG_VERSION ${files}; do echo x > $file; done`,
    )
    const bound = stage.step()
    const priorState = await restored(bound, both)
    await must(`cd ${AT}; for file in ${files}; do echo y >> $file; done`)
    const [left] = await volumeRestore.undo(both, priorState, bound.at('undo-1'))
    expect(left?.why).toContain(why)
  })
  it('undo › keeps members that were written to and removes the others', async () => {
    await must(arrange)
    const bound = stage.step()
    const priorState = await restored(bound, both)
    await must(`echo more >> ${AT}/file`)
    expect(await volumeRestore.undo(both, priorState, bound.at('undo-1'))).toEqual([
      { what: 'volume fresh', why: 'written to after the restore; these writes exist nowhere else; kept' },
    ])
    expect(await must('ls -A /srv/app')).toBe('')
  })
  it.each([
    [{}, 'needs from:, or members:'],
    [{ from: '/b/a' }, 'needs either volume: or path:'],
    [{ from: '/b/a', volume: 'aa', path: '/b/c' }, 'needs either volume: or path:'],
    [{ volume: 'aa', members: [{ from: '/b/a', volume: 'ab' }] }, 'has members: and also'],
    [{ members: [{ from: '/b/a' }] }, 'in each of its members'],
    [
      {
        members: [
          { from: '/b/a', volume: 'aa' },
          { from: '/b/b', volume: 'aa' },
        ],
      },
      'restores two trees into volume aa',
    ],
    [{ from: '/b/a', path: '/b/a/c' }, 'which lies in another of its trees'],
  ])('are named where they do not go together: %j', (written, named) => {
    expect(volumeRestore.validate?.(fieldsOf(volumeRestore, written))).toContain(named)
  })
})

describe('volume-restore › an interrupted copy', () => {
  itInDepth('continues and sends at most 55 % again', async () => {
    await must('mkdir -p /backup/tree; head -c 200000000 /dev/urandom > /backup/tree/large')
    const bound = stage.step()
    const half = `until [ "$(du -sB1 ${AT} 2> /dev/null | cut -f 1)" -ge 100000000 ] 2> /dev/null; do sleep 0.01; done`
    const killed = must(`${half}; pkill -KILL -x rsync`)
    await expect(restored(bound)).rejects.toThrow('rsync')
    await killed
    const told: Answer[] = []
    const host = bound.at(2)
    const priorState = { existed: false, sourceBytes: 200_000_000, sourceFiles: 1 } as const
    await volumeRestore.apply(step, priorState, {
      ...host,
      run: async (...command) => (told.push(await host.run(...command)), told.at(-1) as Answer),
    })
    await volumeRestore.verify(step, bound.at(2))
    const [, literal] = /Literal data: (\d+) bytes/.exec(told.map(({ stdout }) => stdout).join()) ?? []
    console.log(`sent again: ${Math.round(Number(literal) / 2_000_000)} %`)
    expect(Number(literal)).toBeGreaterThan(10_000_000)
    expect(Number(literal)).toBeLessThanOrEqual(110_000_000)
  })

  it('reports progress', () => {
    expect(
      copyProgress('    123456789  45%  100.00MB/s    0:01:12 (xfr#100, ir-chk=5/9)', 246_913_578),
    ).toMatchObject({
      text: 'copied 123.5 MB of 246.9 MB',
      doneBytes: 123_456_789,
      totalBytes: 246_913_578,
      secondsLeft: 72,
    })
    expect(copyProgress('Literal data: 5 bytes', 10)).toBeUndefined()
  })
})

describe('volume-restore › undo', () => {
  it('keeps a volume that its database has written to, with every row', async () => {
    const password = 'a$b'
    await must(`tar -C /backup -xf /opt/guestbook/backup.tar; ${composeFile}`)
    await must('docker volume rm proven > /dev/null')
    const restore = fieldsOf(volumeRestore, { from: '/backup/guestbook/db', volume: 'proven' })
    const bound = stage.step()
    const priorState = await restored(bound, restore)
    await volumeRestore.verify(restore, bound.at())

    const up = {
      ...fieldsOf(composeUp, { file: '/srv/book/compose.yml', project: 'book', services: ['db'] }),
      environment: { PASSWORD: new Secret(password) },
    }
    const start = stage.step()
    const look = await inspected(composeUp, up, start.at())
    await composeUp.apply(up, look.priorState, start.at())
    expect((await composeUp.verify(up, start.at())).summary).toContain('mounted: proven')
    const sql = (text: string) => must(`docker exec book-db-1 psql -U postgres -d guestbook -AtXc "${text}"`)
    await sql('insert into starts default values')
    const rows = await sql('select count(*) from starts')

    expect(await volumeRestore.undo(restore, priorState, bound.at('undo-1'))).toEqual([
      { what: 'volume proven', why: 'container book-db-1 uses it; kept' },
    ])
    await composeUp.undo(up, look.priorState, start.at('undo-1'))
    expect(await must('docker ps -aq')).toBe('')
    expect(await volumeRestore.undo(restore, priorState, bound.at('undo-2'))).toEqual([
      { what: 'volume proven', why: 'written to after the restore; these writes exist nowhere else; kept' },
    ])
    await composeUp.apply(up, look.priorState, stage.step().at())
    expect(await sql('select count(*) from starts')).toBe(rows)
  })

  it('keeps a volume without the owner label', async () => {
    await must(`${awkwardTree}; docker volume create --label reinstate.owner=run/try/other fresh > /dev/null`)
    const priorState = { existed: false, sourceBytes: 1, sourceFiles: 1 } as const
    expect(await volumeRestore.undo(step, priorState, stage.step().at('undo-1'))).toEqual([])
    expect(await must('docker volume ls -q')).toBe('fresh')
  })
})
