import { beforeEach, describe, expect, it } from 'vitest'
import { fileCopy } from '../../src/steps/file-copy/index.ts'
import { awkwardTree } from './joins/volume-restore.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { crashes, crashingAfter } from './crash.ts'
import { stageOfFile, inspected, mapAndClose } from './stage.ts'

const stage = stageOfFile({ disk: { at: '/srv/disk', mebibytes: 30 }, stays: true })
beforeEach(() =>
  must(`docker ps -aq | xargs -r docker rm -fv > /dev/null
find /backup /srv -mindepth 1 -maxdepth 1 ! -path /srv/disk -exec rm -rf {} +; find /srv/disk -mindepth 1 -delete\n${awkwardTree}`),
)

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(fileCopy, { from: '/backup/tree', to: '/srv/copy' })
const adding = { ...step, into: 'existing' as const }
const look = (fields = step) => fileCopy.inspect(fields, stage.step().at())

async function copied(bound: Bound, fields: typeof step | typeof adding = step) {
  const looked = await inspected(fileCopy, fields, bound.at())
  await fileCopy.apply(fields, looked.priorState, bound.at())
  return looked.priorState
}

describe('file-copy › the disk becomes full while it copies', () => {
  it.each([0, 1_000_000])(
    'tells so first, and what to do, and not that a pipe broke: %s bytes are free',
    async (free) => {
      const onDisk = { ...step, to: '/srv/disk/copy' }
      const bound = stage.step()
      const { priorState } = await inspected(fileCopy, onDisk, bound.at())
      await must(
        `avail=$(df -B1 --output=avail /srv/disk | tail -n 1); fallocate -l $((avail - ${free})) /srv/disk/fill || :`,
      )
      const error: unknown = await fileCopy
        .apply(onDisk, priorState, bound.at())
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'CommandFailed', data: { cause: 'the disk is full' } })
      expect(String(error)).toMatch(/^CommandFailed: the disk is full.*No space left on device/)
      expect(String(error)).not.toMatch(/Broken pipe|rsync error/)
    },
  )
})

describe('file-copy › undo, of a copy that another run forestalled', () => {
  it('leaves the equal files that the other run put there between staging and placing', async () => {
    await must('mkdir /srv/copy; touch /srv/copy/there')
    const [own, other] = [stage.step(), stage.step()]
    const { priorState } = await inspected(fileCopy, adding, own.at())
    await crashes(fileCopy.apply(adding, priorState, crashingAfter(own.at(), 1)))
    await copied(other, adding)
    const theirs = await must('find /srv/copy -printf "%P %i\\n" | sort')
    await expect(fileCopy.apply(adding, priorState, own.at())).rejects.toMatchObject({
      name: 'CommandFailed',
    })
    expect(await fileCopy.undo(adding, priorState, own.at('undo-1'))).toEqual([])
    expect(await must('find /srv/copy -printf "%P %i\\n" | sort')).toBe(theirs)
  })
})

describe('file-copy › the copy', () => {
  it('has dotfiles, owners, modes, symbolic and hard links, and verifies', async () => {
    const bound = stage.step()
    await copied(bound)
    expect(
      await must('cd /srv/copy; stat -c "%n %a %u:%g %h" .hidden big file sub sub/hard; readlink sub/soft'),
    ).toBe(
      '.hidden 644 0:0 1\nbig 4751 0:0 1\nfile 644 1234:4321 2\nsub 755 1234:4321 2\nsub/hard 644 1234:4321 2\n../file',
    )
    const evidence = await fileCopy.verify(step, bound.at())
    expect(evidence).toMatchObject({
      strength: 'proven',
      summary: '/srv/copy equals /backup/tree: 7 files, 3.0 MB, by manifests with the sha256 of every file',
    })
  })

  it.each([
    ['another byte', 'printf y | dd of=big bs=1 seek=99 conv=notrunc status=none', 'big differs'],
    ['another mode', 'chmod 4750 big', 'big differs'],
    ['another owner', 'chown 0 sub', 'sub differs'],
    ['a parted pair', 'cp -p file x; mv x sub/hard', 'differs from /backup/tree (2 paths)'],
    ['a file too few', 'rm .hidden', '.hidden is missing'],
    ['a file too many', 'touch more', 'more is only in the copy'],
  ])('verify › fails for %s', async (_, damage, named) => {
    const bound = stage.step()
    await copied(bound)
    await must(`cd /srv/copy; ${damage}`)
    await expect(fileCopy.verify(step, bound.at())).rejects.toThrow(named)
  })

  it('appears at its place only when complete', async () => {
    const bound = stage.step()
    const watched = must(
      `while [ ! -e /tmp/enough ]; do find /srv/copy -mindepth 1 2> /dev/null | wc -l; done | sort -u; rm /tmp/enough`,
    )
    await copied(bound)
    await must('sleep 0.2; touch /tmp/enough')
    const all = await must('find /srv/copy -mindepth 1 | wc -l')
    expect((await watched).split('\n').filter((count) => !['0', all].includes(count))).toEqual([])
  })
})

describe('file-copy › a target that is not fresh', () => {
  it('inspect › is refused if it is not empty', async () => {
    await must('mkdir /srv/copy; touch /srv/copy/.hidden')
    await expect(look()).rejects.toThrow('/srv/copy is not empty')
  })

  it('apply › fails if it is no longer empty', async () => {
    const bound = stage.step()
    const looked = await inspected(fileCopy, step, bound.at())
    await must('mkdir /srv/copy; echo theirs > /srv/copy/file')
    await expect(fileCopy.apply(step, looked.priorState, bound.at())).rejects.toThrow(
      '/srv/copy is not empty by now',
    )
    expect(await fileCopy.undo(step, looked.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /srv; cat /srv/copy/file')).toBe('copy\ndisk\ntheirs')
  })

  it('inspect › is blocked on a running container that mounts it', async () => {
    await must('mkdir /srv/copy; docker run -d --name web -v /srv/copy:/x testbed/nginx:1 > /dev/null')
    expect(await look()).toMatchObject({ text: 'container web, which mounts /srv/copy, to be stopped' })
    await expect(look(fieldsOf(fileCopy, { ...step, to: '/srv/disk' }))).rejects.toThrow(
      /is not empty|something is mounted/,
    )
  })

  it('is refused without free space, behind a symbolic link, or inside the source', async () => {
    await must('head -c 40000000 /dev/zero > /backup/tree/large')
    const small = fieldsOf(fileCopy, { ...step, to: '/srv/disk/copy' })
    await expect(look(small)).rejects.toThrow(/43.0 MB.* \d+\.\d MB are free/)
    await must('mkdir /srv/real; ln -s real /srv/copy')
    await expect(look()).rejects.toThrow('/srv/copy, on the way to /srv/copy, is a symbolic link')
    expect(fileCopy.validate?.({ ...step, to: '/backup/tree/copy' })).toContain('neither inside the other')
    expect(await look(fieldsOf(fileCopy, { ...step, to: '/srv/no/copy' }))).toMatchObject({
      text: 'the directory of /srv/no/copy',
      notes: ['8 files, 43.0 MB'],
    })
  })
})

describe('file-copy › a source', () => {
  it('is refused if it is empty, a running database or behind a symbolic link; blocks if missing', async () => {
    await must('rm -r /backup/tree')
    expect(await look()).toMatchObject({ text: 'the source /backup/tree' })
    await must('mkdir -p /backup/tree/only/directories')
    await expect(look()).rejects.toThrow('the source /backup/tree has no files')
    await must('touch /backup/tree/postmaster.pid')
    await expect(look()).rejects.toThrow('/backup/tree/postmaster.pid exists')
    await must('mv /backup/tree /backup/real; ln -s real /backup/tree')
    await expect(look()).rejects.toThrow('/backup/tree, on the way to /backup/tree, is a symbolic link')
  })
})

describe('file-copy › a source in use', () => {
  it('L5 › is refused while a process has mapped a file of it and closed it', async () => {
    await must(mapAndClose('/backup/tree/big'))
    await expect(look()).rejects.toThrow(/process perl \(\d+\) can write to a file of it/)
    await must('pkill -x perl')
  })
  it('L5 › is refused if a database runs deep below it', async () => {
    await must('mkdir -p /backup/tree/a/b/c/d; touch /backup/tree/a/b/c/d/postmaster.pid')
    await expect(look()).rejects.toThrow('/backup/tree/a/b/c/d/postmaster.pid exists')
  })
})

describe('file-copy › into: existing', () => {
  const there = `mkdir -p -m 711 /srv/copy/sub && cd /srv/copy && echo mine > mine && chown 7:8 . sub`

  it('changes no existing file, mode or owner', async () => {
    await must(`${there}; cp -p /backup/tree/big .`)
    const before = await must(
      'stat -c "%a %u %i" . sub mine big'
        .replace('.', '/srv/copy')
        .replace(/ (sub|mine|big)/g, ' /srv/copy/$1'),
    )
    const bound = stage.step()
    await copied(bound, adding)
    const after = await must('stat -c "%a %u %i" /srv/copy /srv/copy/sub /srv/copy/mine /srv/copy/big')
    expect(after).toBe(before)
    expect((await fileCopy.verify(adding, bound.at())).summary).toContain(
      '/srv/copy has all of /backup/tree: 7 files',
    )
    expect(await must('find /srv/copy -name ".*try.it*"; stat -c %h /srv/copy/file')).toBe('2')
  })

  it.each([
    ['bytes', `${there}; printf two > file; chown 1234:4321 file`, 'replaced: file'],
    ['mode', `${there}; cp -p /backup/tree/big .; chmod 755 big`, 'replaced: big'],
    ['kind', `${there}; mkdir .hidden`, 'replaced: .hidden'],
    ['kind, by a link', `${there}; rmdir sub; ln -s . sub`, 'replaced: sub'],
  ])('inspect › is refused if a path has another %s', async (_, arrange, message) => {
    await must(arrange)
    await expect(look(adding as never)).rejects.toThrow(message)
    expect(await must('cat /srv/copy/mine')).toBe('mine')
  })

  it('apply › fails if a path was created after the inspection', async () => {
    await must(there)
    const bound = stage.step()
    const looked = await inspected(fileCopy, adding, bound.at())
    await must('echo theirs > /srv/copy/.hidden')
    await expect(fileCopy.apply(adding, looked.priorState, bound.at())).rejects.toThrow(
      'has other files than /backup/tree by now',
    )
    expect(await fileCopy.undo(adding, looked.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /srv/copy; cat /srv/copy/.hidden')).toBe('.hidden\nmine\nsub\ntheirs')
  })
})

describe('file-copy › undo', () => {
  it('keeps and names what others changed or added', async () => {
    const bound = stage.step()
    const priorState = await copied(bound)
    await must('echo more >> /srv/copy/.hidden; echo new > /srv/copy/sub/new')
    expect((await fileCopy.undo(step, priorState, bound.at('undo-1'))).map(({ what }) => what)).toEqual([
      'path /srv/copy/.hidden',
      'directory /srv/copy/sub',
    ])
    expect(await must('cd /srv/copy; find . ! -type d | sort; cat .hidden')).toBe(
      './.hidden\n./sub/new\ndotmore',
    )
  })

  it('removes only what the step added', async () => {
    await must('mkdir -p /srv/copy/sub; echo mine > /srv/copy/mine; cp -p /backup/tree/big /srv/copy')
    const bound = stage.step()
    const priorState = await copied(bound, adding)
    expect(await fileCopy.undo(adding, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('cd /srv/copy; find . | sort')).toBe('.\n./big\n./mine\n./sub')
  })
})
