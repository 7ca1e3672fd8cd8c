import { describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepNotVerified, StepRefused } from '../../src/errors.ts'
import { containersStop } from '../../src/steps/containers-stop/index.ts'
import { inStartOrder } from '../../src/steps/shared/start-order.ts'
import { oldStack } from './joins/containers-stop.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile()

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(containersStop, { projects: ['old'], containers: ['plain'], killAfter: '10 seconds' })
const states = () => must(`docker ps -a --format '{{.Names}} {{.State}}' | sort`)
const policies = () =>
  must(
    `docker inspect --format '{{.Name}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' $(docker ps -aq) | sort`,
  )

async function stopped() {
  const bound = stage.step()
  const look = await inspected(containersStop, step, bound.at())
  await containersStop.apply(step, look.priorState, bound.at())
  return { bound, priorState: look.priorState }
}

describe('stopping an old stack', () => {
  it('stops what is named and leaves the neighbour as it was', async () => {
    await must(oldStack)
    const neighbour = await must(`docker inspect --format '{{.State.StartedAt}}' neighbour`)
    const { bound } = await stopped()
    expect(await states()).toBe(
      ['neighbour running', 'old-db-1 exited', 'old-web-1 exited', 'plain exited'].join('\n'),
    )
    expect((await containersStop.verify(step, bound.at())).summary).toBe(
      'the 3 containers of old, plain do not run, and they would not start again by themselves',
    )
    expect(await must(`docker inspect --format '{{.State.StartedAt}}' neighbour`)).toBe(neighbour)
  })
  itInDepth('lets nothing come back with the engine, whatever its policy was', async () => {
    await must(oldStack)
    await stopped()
    await stage.testHost.killDockerd()
    await must('until docker info > /dev/null 2>&1; do sleep 0.2; done; sleep 1')
    expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
  })
  it('stops what needs another before that', async () => {
    await must(oldStack)
    await stopped()
    const order = await must(
      `docker inspect --format '{{.State.FinishedAt}} {{.Name}}' old-db-1 old-web-1 plain | sort | cut -d ' ' -f 2`,
    )
    expect(order).toBe('/plain\n/old-web-1\n/old-db-1')
  })
  it('is red when one of them runs again', async () => {
    await must(oldStack)
    const { bound } = await stopped()
    await must('docker start old-web-1 > /dev/null; docker update --restart always plain > /dev/null')
    await expect(containersStop.verify(step, bound.at())).rejects.toThrow(StepNotVerified)
    await expect(containersStop.verify(step, bound.at())).rejects.toThrow(
      'container old-web-1 of project old is running; container plain would be started again by its policy always',
    )
  })
  it('says so where nothing is there, and waits for a container that is named and missing', async () => {
    const none = fieldsOf(containersStop, { projects: ['old'] })
    expect(await containersStop.inspect(none, stage.step().at())).toEqual({
      priorState: { ran: [], stopped: [] },
      changes: [],
      because: 'there is no container of old',
    })
    expect(await containersStop.inspect(step, stage.step().at())).toMatchObject({ text: 'container plain' })
  })
})

describe('what must not be stopped', () => {
  it('is a project that the host knows nothing of, where it must exist; one that was taken down is known', async () => {
    await must(oldStack)
    const of = (project: string) => fieldsOf(containersStop, { projects: [project], mustExist: true })
    const misspelt = containersStop.inspect(of('olld'), stage.step().at())
    await expect(misspelt).rejects.toThrow(StepRefused)
    await expect(misspelt).rejects.toThrow(/knows no project olld: .* It knows .*\bold\b.*; check the name/)
    await must(`docker compose -p old -f /srv/old/compose.yml down 2> /dev/null
docker volume create --label com.docker.compose.project=old old_data > /dev/null`)
    expect(await containersStop.inspect(of('old'), stage.step().at())).toMatchObject({ changes: [] })
    await must('docker volume rm old_data > /dev/null')
  })
  it('is one that would be deleted by it', async () => {
    await must('docker run -d --rm --name plain testbed/nginx:1 > /dev/null')
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow(StepRefused)
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow(
      'container plain was started with --rm: stopping it would delete it',
    )
    await must('docker rm -f plain > /dev/null')
  })
  it('is one that is paused', async () => {
    await must('docker run -d --name plain testbed/nginx:1 > /dev/null; docker pause plain > /dev/null')
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow('container plain is paused')
    await must('docker unpause plain > /dev/null')
  })
})

describe('a stack that is held first and stopped later', () => {
  const hold = fieldsOf(containersStop, {
    projects: ['old'],
    containers: ['plain'],
    disableRestartOnly: true,
  })
  const stop = fieldsOf(containersStop, { projects: ['old'], containers: ['plain'], restartDisabled: true })
  const carriedOut = async (one: typeof step) => {
    const bound = stage.step()
    const looked = await inspected(containersStop, one, bound.at())
    await containersStop.apply(one, looked.priorState, bound.at())
    const { summary } = await containersStop.verify(one, bound.at())
    return { summary, undo: () => containersStop.undo(one, looked.priorState, bound.at('undo-1')) }
  }

  it('runs on, would not start by itself, and is started again by the undo of the first step alone', async () => {
    await must(oldStack)
    const before = [await states(), await policies()]
    expect(await containersStop.inspect(stop, stage.step().at())).toMatchObject({
      text: expect.stringMatching(/^the restart policy of container .* to be set aside$/) as string,
    })
    const held = await carriedOut(hold)
    expect(held.summary).toBe('3 of the 3 containers of old, plain run on; none would start again by itself')
    expect(await states()).toBe(before[0])
    const stopped = await carriedOut(stop)
    expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
    expect(await stopped.undo()).toEqual([])
    expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
    expect(await held.undo()).toEqual([])
    expect([await states(), await policies()]).toEqual(before)
  })
})

describe('undo', () => {
  it('starts exactly what ran, the database first, with the policies that were', async () => {
    await must(
      `${oldStack}\ndocker create --name old-extra --label com.docker.compose.project=old testbed/nginx:1 > /dev/null`,
    )
    const before = [await states(), await policies()]
    const { bound, priorState } = await stopped()
    expect(await containersStop.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect([await states(), await policies()]).toEqual(before)
    const order = await must(
      `docker inspect --format '{{.State.StartedAt}} {{.Name}}' old-db-1 old-web-1 plain | sort | cut -d ' ' -f 2`,
    )
    expect(order).toBe('/old-db-1\n/old-web-1\n/plain')
  })
  itInDepth('names what others removed, and brings back the rest', async () => {
    await must(oldStack)
    const { bound, priorState } = await stopped()
    await must('docker rm plain > /dev/null')
    const [left] = await containersStop.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toMatch(/^container [0-9a-f]{12}$/)
    expect(await states()).toBe('neighbour running\nold-db-1 running\nold-web-1 running')
  })
  itInDepth('fails with the container that does not come up again', async () => {
    await must(
      `${oldStack}\ndocker rm -f plain > /dev/null; docker run -d --name plain -p 18080:80 testbed/nginx:1 > /dev/null`,
    )
    const { bound, priorState } = await stopped()
    await must('docker run -d --name thief -p 18080:80 testbed/nginx:1 > /dev/null')
    await expect(containersStop.undo(step, priorState, bound.at('undo-1'))).rejects.toThrow(/18080/)
    await must('docker rm -f thief > /dev/null')
    expect(await containersStop.undo(step, priorState, bound.at('undo-2'))).toEqual([])
    expect(await states()).toContain('plain running')
  })
})

describe('the order of starting', () => {
  const of = (project: string, service: string, dependsOn = '') => ({ project, service, dependsOn })
  it('follows what Compose wrote down, a plain container last, and ends in a circle', () => {
    const rows = inStartOrder([
      of('', ''),
      of('a', 'web', 'app:service_started:false'),
      of('a', 'app', 'db:service_healthy:false,cache:service_started:true'),
      of('a', 'db'),
      of('a', 'cache'),
      of('b', 'app', 'db:service_started:false'),
      of('c', 'x', 'y:service_started:false'),
      of('c', 'y', 'x:service_started:false'),
    ])
    const names = rows.map((row) => row.map(({ project, service }) => `${project}.${service}`).join(' '))
    expect(names[0]).toContain('a.db a.cache')
    expect(names.slice(1).join(' | ')).toMatch(/^a\.app.* \| a\.web b\.app.* \| \.$/)
  })
})
