import { beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/shell/secret.ts'
import { directories } from '../../src/steps/directories/index.ts'
import { fileWrite } from '../../src/steps/file-write/index.ts'
import type { Json } from '../../src/steps/step-kind.ts'
import { planFile } from './joins/file-write.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile({ without: ['docker'], stays: true })
beforeEach(() => must('find /srv -mindepth 1 -delete'))

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(fileWrite, { path: '/srv/app.conf', from: planFile('new\n'), mode: '0640' })
const STAT = 'stat -c "%a %u:%g %.Y" /srv/app.conf; cat /srv/app.conf'

async function written(bound: Bound) {
  const look = await inspected(fileWrite, step, bound.at())
  await fileWrite.apply(step, look.priorState, bound.at())
  return look.priorState
}

describe('file-write', () => {
  it('undo › restores bytes, mode, owner and time of the old file', async () => {
    await must(
      `printf old > /srv/app.conf; chmod 604 /srv/app.conf; chown 7:8 /srv/app.conf; touch -d '2021-03-04 05:06:07.123456789' /srv/app.conf`,
    )
    const before = await must(STAT)
    const bound = stage.step()
    const priorState = await written(bound)
    expect(await must(STAT)).toMatch(/^640 7:8 .*\nnew$/)
    expect(await fileWrite.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must(STAT)).toBe(before)
  })

  it.each(['', 'printf old > /srv/app.conf'])(
    'undo › after an apply that failed before it wrote › leaves a file that others have written since: %s',
    async (before) => {
      await must(before)
      const bound = stage.step()
      const ownerless = fieldsOf(fileWrite, {
        path: '/srv/app.conf',
        from: planFile('new\n'),
        owner: 'nobody-here',
      })
      const { priorState } = await inspected(fileWrite, ownerless, bound.at())
      await expect(fileWrite.apply(ownerless, priorState, bound.at())).rejects.toMatchObject({
        name: 'CommandFailed',
      })
      await must('rm -f /srv/app.conf; printf new\\\\n > /srv/app.conf')
      const theirs = await must('stat -c %i.%.W.%.Z /srv/app.conf')
      expect(await fileWrite.undo(ownerless, priorState, bound.at('undo-1'))).toEqual([])
      expect(await must('stat -c %i.%.W.%.Z /srv/app.conf')).toBe(theirs)
    },
  )

  it('undo › saves and names a file that others changed after the step', async () => {
    await must('printf old > /srv/app.conf')
    const bound = stage.step()
    const priorState = await written(bound)
    await must('echo theirs >> /srv/app.conf')
    const [left] = await fileWrite.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toBe('file /srv/app.conf as others changed it after the step')
    expect(await must(`cat ${left?.why.replace('set aside as ', '')}`)).toBe('new\ntheirs')
    expect(await must('cat /srv/app.conf')).toBe('old')
  })

  it('undo › saves a changed file also if there was none before', async () => {
    const bound = stage.step()
    const priorState = await written(bound)
    await must('echo theirs > /srv/app.conf')
    expect(await fileWrite.undo(step, priorState, bound.at('undo-1'))).toHaveLength(1)
    expect(await must('ls -A /srv')).toBe('')
  })

  it('verify › fails for other bytes or another mode', async () => {
    const bound = stage.step()
    await written(bound)
    expect((await fileWrite.verify(step, bound.at())).strength).toBe('proven')
    await must('chmod 644 /srv/app.conf')
    await expect(fileWrite.verify(step, bound.at())).rejects.toThrow('its mode is 644, not 640')
    await must('chmod 640 /srv/app.conf; printf "neW\\n" > /srv/app.conf')
    await expect(fileWrite.verify(step, bound.at())).rejects.toThrow('has 4 bytes with sha256')
  })

  it('apply › fails if the file changed after the inspection', async () => {
    await must('echo old > /srv/app.conf')
    const bound = stage.step()
    const look = await inspected(fileWrite, step, bound.at())
    await must('echo theirs > /srv/app.conf')
    await expect(fileWrite.apply(step, look.priorState, bound.at())).rejects.toThrow(
      'was changed since it was inspected',
    )
    expect(await fileWrite.undo(step, look.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('cat /srv/app.conf')).toBe('theirs')
  })

  it('inspect › refuses a symbolic link, a directory or a second hard link', async () => {
    const refused = () => fileWrite.inspect(step, stage.step().at())
    await must('echo > /srv/real; ln -s real /srv/app.conf')
    await expect(refused()).rejects.toThrow('/srv/app.conf, on the way to /srv/app.conf, is a symbolic link')
    await must('rm /srv/app.conf; ln /srv/real /srv/app.conf')
    await expect(refused()).rejects.toThrow('has 2 hard links')
    await must('rm /srv/app.conf; mkdir /srv/app.conf')
    await expect(refused()).rejects.toThrow('is not a file')
  })

  it('inspect › lists changes, and none if there are none', async () => {
    await must('echo old > /srv/app.conf')
    const changes = async () => {
      const look = await fileWrite.inspect(step, stage.step().at())
      return 'blockedOn' in look ? look.text : look.changes
    }
    expect(await changes()).toEqual([
      expect.stringMatching(
        /^replaces \/srv\/app.conf: 4 bytes, mode 644, sha256 \w{12} by 4 bytes, mode 640, sha256 \w{12}$/,
      ),
    ])
    await must('echo new > /srv/app.conf; chmod 640 /srv/app.conf')
    expect(await changes()).toEqual([])
    const deep = fieldsOf(fileWrite, { path: '/srv/not/yet.conf', from: planFile('x') })
    expect(await fileWrite.inspect(deep, stage.step().at())).toMatchObject({
      text: 'the directory of /srv/not/yet.conf',
      notes: ['new file /srv/not/yet.conf, 1 byte, mode 644, sha256 2d711642b726'],
    })
  })

  it('inspect › with replace: false refuses other content with its lines, and accepts a missing or equal file', async () => {
    const keeping = fieldsOf(fileWrite, { path: '/srv/app.conf', from: planFile('new\n'), replace: false })
    const inspect = () => fileWrite.inspect(keeping, stage.step().at())
    expect(await inspect()).toMatchObject({ changes: [expect.stringContaining('new file')] })
    await must('echo old > /srv/app.conf')
    await expect(inspect()).rejects.toThrow(
      '/srv/app.conf has other content than the plan gives it, and replace: is false: -old; +new',
    )
    await must('echo new > /srv/app.conf')
    expect(await inspect()).toMatchObject({ changes: [] })
  })

  it('validate › requires exactly one of from, template and copyOf', () => {
    expect(fileWrite.validate?.(fieldsOf(fileWrite, { path: '/srv/x' }))).toContainEqual(
      'needs exactly one of from:, template: and copyOf:',
    )
  })
})

describe('directories', () => {
  const made = fieldsOf(directories, { paths: ['/srv/app/data', '/srv/app/logs'], mode: '0750' })
  const seenBy = async (bound: Bound) => {
    const look = await inspected(directories, made, bound.at())
    return look.priorState
  }

  it('undo › keeps and names directories that are not empty', async () => {
    const bound = stage.step()
    const priorState = await seenBy(bound)
    await directories.apply(made, priorState, bound.at())
    await must('touch /srv/app/data/precious')
    expect(await directories.undo(made, priorState, bound.at('undo-1'))).toEqual([
      { what: 'directory /srv/app/data', why: 'it is not empty' },
    ])
    expect(await must('find /srv -mindepth 1 | sort')).toBe('/srv/app\n/srv/app/data\n/srv/app/data/precious')
  })

  it('undo › removes nothing if apply never began', async () => {
    const bound = stage.step()
    const priorState: Json = await seenBy(bound)
    await must('mkdir -p /srv/app/data')
    expect(await directories.undo(made, priorState as never, bound.at('undo-1'))).toEqual([])
    expect(await must('ls /srv/app')).toBe('data')
  })

  it('inspect › refuses a symbolic link, a file or another mode', async () => {
    const refused = () => directories.inspect(made, stage.step().at())
    await must('mkdir /srv/real; ln -s real /srv/app')
    await expect(refused()).rejects.toThrow('/srv/app, on the way to /srv/app/data, is a symbolic link')
    await must('rm /srv/app; echo > /srv/app')
    await expect(refused()).rejects.toThrow('/srv/app is not a directory')
    await must('rm /srv/app; mkdir -p -m 700 /srv/app/data')
    await must('chmod 700 /srv/app/data')
    await expect(refused()).rejects.toThrow('its mode is 700, not 750')
  })
})

describe('file-write › the preview of a replaced file', () => {
  const known = new Secret('swordfish')
  const over = fieldsOf(fileWrite, {
    path: '/srv/app.conf',
    from: planFile('port=80\nPASSWORD=${PASSWORD}\nname=new\n'),
  })

  it('is a diff that hides secrets of the plan and likely secrets', async () => {
    await must(
      "printf 'port=80\\nPASSWORD=older-one\\nname=swordfish\\nurl=http://me:tiger@db/\\n' > /srv/app.conf",
    )
    const look = await fileWrite.inspect(over, stage.step({ secrets: [known] }).at())
    expect(look).toMatchObject({
      notes: [
        ' port=80',
        '-PASSWORD=‹secret›',
        '-name=‹secret›',
        '-url=http://me:‹secret›@db/',
        '+PASSWORD=${PASSWORD}',
        '+name=new',
      ],
    })
    expect(JSON.stringify(look)).not.toMatch(/older-one|swordfish|tiger/)
  })

  it('is no diff for binary or large files, and has no escape sequences', async () => {
    await must("printf '\\000' > /srv/app.conf")
    expect(await fileWrite.inspect(over, stage.step().at())).toMatchObject({
      notes: ['binary: no diff'],
    })
    await must('head -c 70000 /dev/zero | tr "\\000" a > /srv/app.conf')
    expect(await fileWrite.inspect(over, stage.step().at())).toMatchObject({
      notes: ['too large for a diff'],
    })
    await must("printf '\\033[2Jport=80\\n' > /srv/app.conf")
    expect(JSON.stringify(await fileWrite.inspect(over, stage.step().at()))).toContain('-·[2Jport=80')
  })
})
