import { beforeEach, describe, expect, it } from 'vitest'
import { prune } from '../../src/steps/prune/index.ts'
import { forgetOldThings, oldThings } from './joins/prune.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'
import { itInDepth } from '../depth.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(`${forgetOldThings}\n${oldThings}`)
})

const must = (script: string) => stage.testHost.must(script)
const look = (written: object) => prune.inspect(fieldsOf(prune, written), stage.step().at())
const tags = () => must(`docker image ls --format '{{.Repository}}:{{.Tag}}' | sort`)

async function pruned(written: object) {
  const [bound, step] = [stage.step(), fieldsOf(prune, written)]
  const look = await inspected(prune, step, bound.at())
  await prune.apply(step, look.priorState, bound.at())
  return { bound, step, ...look }
}

describe('prune › images', () => {
  it('lose their names and keep every layer; an undo restores the names', async () => {
    const [before, ids] = [await tags(), await must('docker image ls -q --no-trunc | sort -u')]
    const { bound, step, priorState, changes } = await pruned({ images: { projects: ['old'] } })
    expect(changes).toHaveLength(2)
    expect(changes[0]).toMatch(/old\/web:\w+ .*\d+\.\d MB/)
    expect(await tags()).not.toContain('old/web')
    expect(await must('docker image ls -q --no-trunc | sort -u')).toBe(ids)
    expect((await prune.verify(step, bound.at())).facts).toEqual({ kept: 2 })
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect(await tags()).toBe(before)
  })
  it('are restored after a docker image prune', async () => {
    const { bound, step, priorState } = await pruned({ images: { names: ['old/web:1', 'old/web:latest'] } })
    await must('docker image prune -f > /dev/null')
    await prune.undo(step, priorState, bound.at('undo-1'))
    expect(await must('docker run --rm --entrypoint printenv old/web:1 OLD')).toBe('1')
  })
  it('stay under the kept name where others use the old name', async () => {
    const { bound, step, priorState } = await pruned({ images: { names: ['old/web:1'] } })
    await must('docker tag testbed/postgres:17 old/web:1')
    const [left] = await prune.undo(step, priorState, bound.at('undo-1'))
    expect(left).toMatchObject({
      what: 'image old/web:1',
      why: expect.stringContaining(`reinstate-kept/${bound.mark}`) as string,
    })
    await must('docker rmi old/web:1 > /dev/null')
  })
  it('block while a container uses them, running or not', async () => {
    await must('docker create --name user old/web:1 > /dev/null')
    expect(await look({ images: { projects: ['old'] } })).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container', name: 'user' },
    })
    expect(await look({ images: { names: ['testbed/nginx:1'] } })).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container' },
    })
  })
})

describe('prune › networks', () => {
  it('are restored with their settings', async () => {
    const shown = () =>
      must(
        `docker network inspect --format '{{json .Labels}} {{json .IPAM.Config}} {{.Internal}} {{.Driver}} {{json .Options}}' old_inner`,
      )
    const before = await shown()
    const { bound, step, priorState } = await pruned({ networks: { labels: ['a=b'] } })
    expect(await must('docker network ls --format {{.Name}}')).not.toContain('old_inner')
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect(await shown()).toBe(before)
  })
  itInDepth('are restored with other addresses where theirs are taken, and named', async () => {
    const { bound, step, priorState } = await pruned({ networks: { projects: ['old'] } })
    await must('docker network create --subnet 10.99.0.0/16 thief > /dev/null')
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toMatchObject([
      { what: 'network old_inner' },
    ])
    expect(
      await must('docker network inspect --format {{.Internal}} old_inner; docker network rm thief'),
    ).toContain('true')
  })
  it('block while a container uses them, stopped or not', async () => {
    await must('docker create --name user --network old_inner testbed/nginx:1 > /dev/null')
    expect(await look({ networks: { names: ['old_inner'] } })).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container', name: 'user' },
    })
  })
})

describe('prune › containers', () => {
  it('leave their files and settings; a neighbour and volumes stay', async () => {
    await must(
      'docker rm old-web-1 > /dev/null; docker create --name old-web-1 --label com.docker.compose.project=old -v /data -e SECRET=x testbed/nginx:1 > /dev/null',
    )
    await must('echo precious > /srv/note; docker cp /srv/note old-web-1:/note')
    const volume = await must('docker volume ls -q')
    const { bound, step, priorState } = await pruned({ containers: { projects: ['old'] } })
    expect(await must('docker ps -a --format {{.Names}}')).toBe('neighbour')
    expect(await must('docker volume ls -q')).toBe(volume)
    const [left] = await prune.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toBe('container old-web-1')
    expect(await must(`docker run --rm --entrypoint cat reinstate-kept/${bound.mark}:old-web-1 /note`)).toBe(
      'precious',
    )
    const settings = `${bound.at().originals}/container-old-web-1.json`
    expect(await must(`stat -c %a ${settings}; grep -c SECRET=x ${settings}`)).toBe('600\n1')
    expect(prune.cannotUndo?.(step)).toBeTypeOf('string')
  })
  it('block while they run', async () => {
    expect(await look({ containers: { names: ['neighbour'] } })).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container', name: 'neighbour' },
    })
  })
  it('stay where they run again after the inspection', async () => {
    const [bound, step] = [stage.step(), fieldsOf(prune, { containers: { projects: ['old'] } })]
    const look = await inspected(prune, step, bound.at())
    await must('docker start old-web-1 > /dev/null')
    await expect(prune.apply(step, look.priorState, bound.at())).rejects.toThrow('container old-web-1')
    await expect(prune.verify(step, bound.at())).rejects.toThrow('container old-web-1')
  })
})

describe('prune › buildCache', () => {
  it('is emptied, and named by an undo', async () => {
    const { bound, step, priorState } = await pruned({ buildCache: true })
    expect((await prune.verify(step, bound.at())).summary).toContain('build cache')
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toMatchObject([
      { what: 'the build cache' },
    ])
  })
})

describe('prune › fields', () => {
  it.each([
    [{}, 'needs containers:, networks:, images: or buildCache:'],
    [{ images: {} }, 'needs projects:, labels: or names: in each of its parts'],
    [{ containers: { names: ['aa'] }, networks: { names: ['bb'] } }, 'has containers: and more'],
  ])('are refused: %j', (written, named) => {
    expect(prune.validate?.(fieldsOf(prune, written))).toContain(named)
  })
  it('select nothing that does not exist, and never an image that an earlier step keeps', async () => {
    await pruned({ images: { projects: ['old'] } })
    expect(await look({ images: { projects: ['old'] } })).toMatchObject({ changes: [] })
  })
})
