import { beforeEach, describe, expect, it } from 'vitest'
import { prune } from '../../src/steps/prune/index.ts'
import { forgetOldThings, oldThings } from './joins/prune.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

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

describe('pruning images', () => {
  it('takes their names and keeps every layer, so that an undo gives the names back', async () => {
    const [before, ids] = [await tags(), await must('docker image ls -q --no-trunc | sort -u')]
    const { bound, step, priorState, changes } = await pruned({ images: { projects: ['old'] } })
    expect(changes).toHaveLength(2)
    expect(changes[0]).toMatch(/^takes the name old\/web:\w+ from an image of \d+\.\d MB, which is kept$/)
    expect(await tags()).not.toContain('old/web')
    expect(await must('docker image ls -q --no-trunc | sort -u')).toBe(ids)
    expect((await prune.verify(step, bound.at())).summary).toBe(
      `no image that is named is there; 2 images kept as reinstate-kept/${bound.mark}`,
    )
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect(await tags()).toBe(before)
  })
  it('survives that others prune after it', async () => {
    const { bound, step, priorState } = await pruned({ images: { names: ['old/web:1', 'old/web:latest'] } })
    await must('docker image prune -f > /dev/null')
    await prune.undo(step, priorState, bound.at('undo-1'))
    expect(await must('docker run --rm --entrypoint printenv old/web:1 OLD')).toBe('1')
  })
  it('names what others have given the name to, and keeps both', async () => {
    const { bound, step, priorState } = await pruned({ images: { names: ['old/web:1'] } })
    await must('docker tag testbed/postgres:17 old/web:1')
    const [left] = await prune.undo(step, priorState, bound.at('undo-1'))
    expect(left).toMatchObject({
      what: 'image old/web:1',
      why: expect.stringContaining('the old one is kept as reinstate-kept/') as string,
    })
    await must('docker rmi old/web:1 > /dev/null')
  })
  it('waits for what uses them, running or not', async () => {
    await must('docker create --name user old/web:1 > /dev/null')
    expect(await look({ images: { projects: ['old'] } })).toMatchObject({
      text: 'image old/web:1, which container user uses, to be free',
    })
    expect(await look({ images: { names: ['testbed/nginx:1'] } })).toMatchObject({
      text: expect.stringContaining('image testbed/nginx:1, which container') as string,
    })
  })
})

describe('pruning networks', () => {
  it('makes them again as they were', async () => {
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
  it('makes them again with other addresses where theirs are taken, and says so', async () => {
    const { bound, step, priorState } = await pruned({ networks: { projects: ['old'] } })
    await must('docker network create --subnet 10.99.0.0/16 thief > /dev/null')
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toEqual([
      { what: 'network old_inner', why: 'its addresses are taken by now; made again with others' },
    ])
    expect(
      await must('docker network inspect --format {{.Internal}} old_inner; docker network rm thief'),
    ).toContain('true')
  })
  it('waits for what uses them, also for what is stopped', async () => {
    await must('docker create --name user --network old_inner testbed/nginx:1 > /dev/null')
    expect(await look({ networks: { names: ['old_inner'] } })).toMatchObject({
      text: 'network old_inner, which container user uses, to be free',
    })
  })
})

describe('pruning containers', () => {
  it('keeps their files and settings, and never their neighbour or a volume', async () => {
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
    expect(prune.cannotUndo?.(step)).toContain('a removed container is not made again')
  })
  it('waits until they are stopped', async () => {
    expect(await look({ containers: { names: ['neighbour'] } })).toMatchObject({
      text: 'container neighbour to be stopped',
    })
  })
  it('leaves one that runs again by then', async () => {
    const [bound, step] = [stage.step(), fieldsOf(prune, { containers: { projects: ['old'] } })]
    const look = await inspected(prune, step, bound.at())
    await must('docker start old-web-1 > /dev/null')
    await expect(prune.apply(step, look.priorState, bound.at())).rejects.toThrow(
      'container old-web-1 runs by now; it was left',
    )
    await expect(prune.verify(step, bound.at())).rejects.toThrow('container old-web-1 is there')
  })
})

describe('the build cache', () => {
  it('is emptied, and named by an undo', async () => {
    const { bound, step, priorState } = await pruned({ buildCache: true })
    expect((await prune.verify(step, bound.at())).summary).toBe('the build cache was emptied')
    expect(await prune.undo(step, priorState, bound.at('undo-1'))).toEqual([
      { what: 'the build cache', why: 'builds make it anew' },
    ])
  })
})

describe('what is named', () => {
  it.each([
    [{}, 'needs containers:, networks:, images: or buildCache:'],
    [{ images: {} }, 'needs projects:, labels: or names: in each of its parts'],
    [{ containers: { names: ['aa'] }, networks: { names: ['bb'] } }, 'has containers: and more'],
  ])('is refused: %j', (written, named) => {
    expect(prune.validate?.(fieldsOf(prune, written))).toContain(named)
  })
  it('is nothing to do where it is not there; what an earlier step kept is never chosen', async () => {
    await pruned({ images: { projects: ['old'] } })
    expect(await look({ images: { projects: ['old'] } })).toMatchObject({
      changes: [],
      because: 'nothing of what is named is there',
    })
  })
})
