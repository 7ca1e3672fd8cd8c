import { beforeEach, describe, expect, it } from 'vitest'
import { move } from '../../src/steps/move/index.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile({ disk: { at: '/srv/disk', mebibytes: 20 }, stays: true })
beforeEach(() =>
  must(`docker ps -aq | xargs -r docker rm -fv > /dev/null; docker volume ls -q | xargs -r docker volume rm > /dev/null
awk '$5 ~ "^/srv/(live|build|other)" { print $5 }' /proc/self/mountinfo | xargs -r umount
find /srv -mindepth 1 -maxdepth 1 ! -name disk -exec rm -rf {} +; find /srv/disk -mindepth 1 -delete
mkdir -p /srv/build/conf; echo new > /srv/build/file`),
)

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(move, { from: '/srv/build', to: '/srv/live' })
const stoppedOnes = fieldsOf(move, { from: '/srv/build', to: '/srv/live', boundContainers: 'stopped' })
const look = (fields = step) => move.inspect(fields, stage.step().at())

async function moved(bound: Bound, fields = step) {
  const looked = await inspected(move, fields, bound.at())
  await move.apply(fields, looked.priorState, bound.at())
  return looked.priorState
}

describe('move › an existing target', () => {
  it('is never moved into, unlike a second mv', async () => {
    await must('mkdir /srv/live')
    expect(await look()).toMatchObject({
      blockedOn: { how: 'deletes', what: 'path', name: '/srv/live' },
    })
    await must('rmdir /srv/live; ln -s nowhere /srv/live')
    await expect(look()).rejects.toThrow('/srv/live, on the way to /srv/live, is a symbolic link')
  })

  it('apply › fails if the target was created after the inspection, even as an empty directory', async () => {
    const bound = stage.step()
    const looked = await inspected(move, step, bound.at())
    await must('mkdir /srv/live')
    await expect(move.apply(step, looked.priorState, bound.at())).rejects.toThrow(
      '/srv/live is there; nothing was moved',
    )
    expect(await move.undo(step, looked.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls /srv/live; cat /srv/build/file')).toBe('new')
  })
})

describe('move', () => {
  it('verify › compares the inode and fails for another path', async () => {
    const bound = stage.step()
    await moved(bound)
    expect((await move.verify(step, bound.at())).summary).toMatch(/\/srv\/live: the same inode, \d+$/)
    await must('mkdir /srv/build')
    await expect(move.verify(step, bound.at())).rejects.toThrow('/srv/build exists again')
    await must('rmdir /srv/build; mv /srv/live /srv/away; cp -a /srv/away /srv/live')
    await expect(move.verify(step, bound.at())).rejects.toThrow('inode and birth')
  })

  it('inspect › is blocked on what an earlier step creates', async () => {
    await must('rm -r /srv/build')
    expect(await look()).toMatchObject({ text: '/srv/build' })
    const deep = fieldsOf(move, { from: '/srv/disk', to: '/srv/no/where' })
    expect(await look(deep)).toMatchObject({ text: 'the directory of /srv/no/where' })
  })

  it('inspect › refuses another file system, a mount inside, and a path mounted elsewhere', async () => {
    const away = fieldsOf(move, { from: '/srv/build', to: '/srv/disk/build' })
    await expect(look(away)).rejects.toThrow('are on different file systems, where a move would be a copy')
    await must('mount --bind /srv/disk /srv/build/conf')
    await expect(look()).rejects.toThrow('something is mounted at /srv/build/conf')
    await must(
      "umount /srv/build/conf; mkdir '/srv/other one'; mount --bind /srv/build/conf '/srv/other one'",
    )
    await expect(look()).rejects.toThrow('it is mounted at /srv/other\\040one')
    await must("umount '/srv/other one'")
    expect(await look()).toMatchObject({ changes: ['moves /srv/build to /srv/live'] })
  })

  it('inspect › refuses a symbolic link', async () => {
    await must('mv /srv/build /srv/real; ln -s real /srv/build')
    await expect(look()).rejects.toThrow('/srv/build, on the way to /srv/build, is a symbolic link')
  })

  it('validate › requires separate paths', () => {
    const objection = (from: string, to: string) => move.validate?.(fieldsOf(move, { from, to }))
    expect(objection('/srv/a', '/srv/a/b')).toBeDefined()
    expect(objection('/srv/a', '/srv/a')).toBeDefined()
    expect(objection('/srv/a', '/srv/ab')).toBeUndefined()
  })
})

describe('move › a container that mounts the path', () => {
  it('is described alike whatever the order of its mounts', async () => {
    const parts = ['a', 'b', 'c', 'd', 'e', 'f']
    await must(`cd /srv/build; mkdir ${parts.join(' ')}
docker run -d --name web ${parts.map((part) => `-v /srv/build/${part}:/${part}`).join(' ')} testbed/nginx:1 > /dev/null`)
    for (let looks = 0; looks < 6; looks++)
      expect(await look()).toMatchObject({ text: 'container web, which mounts /srv/build/a, to be stopped' })
  })

  it('blocks the step until it is stopped and boundContainers allows it', async () => {
    await must('docker run -d --name web -v /srv/build/conf:/x testbed/nginx:1 > /dev/null')
    const running = { text: 'container web, which mounts /srv/build/conf, to be stopped' }
    expect(await look()).toMatchObject(running)
    expect(await look(stoppedOnes)).toMatchObject(running)
    await must('docker stop web > /dev/null')
    expect(await look()).toMatchObject({ text: 'container web, which mounts /srv/build/conf, to be removed' })
    expect(await look(stoppedOnes)).toMatchObject({
      changes: ['moves /srv/build to /srv/live', 'stopped container web mounts it'],
    })
  })

  it('may run on if restart is disabled, and keeps its mount', async () => {
    const held = fieldsOf(move, { from: '/srv/build', to: '/srv/live', boundContainers: 'held' })
    await must(
      'echo one > /srv/build/conf/file; docker run -d --name web --restart always -v /srv/build/conf:/x testbed/nginx:1 > /dev/null',
    )
    expect(await look(held)).toMatchObject({
      text: 'container web, which mounts /srv/build/conf, to be stopped, or to have restart disabled',
    })
    await must('docker update --restart no web > /dev/null')
    const bound = stage.step()
    const looked = await inspected(move, held, bound.at())
    expect(looked.changes).toEqual([
      'moves /srv/build to /srv/live',
      'container web keeps it mounted and runs on',
    ])
    await move.apply(held, looked.priorState, bound.at())
    await must('mkdir -p /srv/build/conf; echo other > /srv/build/conf/file')
    expect(await must('docker exec web cat /x/file')).toBe('one')
    await must('rm -r /srv/build')
    expect(await move.undo(held, looked.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('docker exec web cat /x/file; cat /srv/build/conf/file')).toBe('one\none')
    await must('docker rm -f web > /dev/null')
  })

  it('apply › fails if it was started after the inspection', async () => {
    await must('docker create --name web -v /srv/build/conf:/x testbed/nginx:1 > /dev/null')
    const bound = stage.step()
    const looked = await inspected(move, stoppedOnes, bound.at())
    await must('docker start web > /dev/null')
    await expect(move.apply(stoppedOnes, looked.priorState, bound.at())).rejects.toThrow(
      'container web runs and mounts',
    )
    expect(await must('ls /srv')).toBe('build\ndisk')
  })

  it('counts also through a symbolic link and through a volume', async () => {
    await must(
      'ln -s build /srv/link; docker create --name linked -v /srv/link/conf:/x testbed/nginx:1 > /dev/null',
    )
    expect(await look()).toMatchObject({ text: expect.stringContaining('container linked') as string })
    await must(
      'docker rm linked > /dev/null; docker volume create -o type=none -o o=bind -o device=/srv/build/conf vol > /dev/null; docker volume create plain > /dev/null',
    )
    expect(await look()).toMatchObject({ text: expect.stringContaining('vol (a volume)') as string })
  })

  it('is ignored if it mounts a parent', async () => {
    await must('docker run -d --name watcher -v /:/host:ro -v /srv:/x:ro testbed/nginx:1 > /dev/null')
    expect(await look()).toMatchObject({ changes: ['moves /srv/build to /srv/live'] })
  })
})

describe('move › undo', () => {
  it('leaves the path if its old place is taken or a container runs on it', async () => {
    const bound = stage.step()
    const priorState = await moved(bound)
    await must('mkdir /srv/build; echo theirs > /srv/build/file')
    expect(await move.undo(step, priorState, bound.at('undo-1'))).toEqual([
      { what: 'path /srv/live (was /srv/build)', why: 'something else is at /srv/build by now' },
    ])
    await must('rm -r /srv/build; docker run -d --name web -v /srv/live/conf:/x testbed/nginx:1 > /dev/null')
    expect(await move.undo(step, priorState, bound.at('undo-2'))).toEqual([
      { what: 'path /srv/live (was /srv/build)', why: 'container web runs and mounts it' },
    ])
    await must('docker rm -f web > /dev/null')
    expect(await move.undo(step, priorState, bound.at('undo-3'))).toEqual([])
    expect(await must('ls /srv; cat /srv/build/file')).toBe('build\ndisk\nnew')
  })

  it('does not move a path that others created at the target', async () => {
    const bound = stage.step()
    const priorState = await moved(bound)
    await must('rm -r /srv/live; mkdir /srv/live; echo theirs > /srv/live/file')
    const [left] = await move.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toBe('path /srv/live (was /srv/build)')
    expect(await must('cat /srv/live/file')).toBe('theirs')
  })
})
