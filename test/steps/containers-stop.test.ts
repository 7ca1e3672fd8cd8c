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

describe('containers-stop › inspect', () => {
  it('names the fixed ports that an undo publishes again', async () => {
    await must(
      `docker run -d --name shown -p 8094:80 -p 127.0.0.1:8095:81/udp -p 82 testbed/nginx:1 >/dev/null`,
    )
    const ports = async (more: object) => {
      const wanted = fieldsOf(containersStop, { containers: ['shown'], ...more })
      const { undoPorts } = await inspected(containersStop, wanted, stage.step().at())
      return undoPorts?.map(({ port, holder }) => `${port} ${holder}`)
    }
    expect(await ports({})).toEqual(['8094/tcp container shown', '8095/udp container shown'])
    expect(await ports({ restartDisabled: true })).toBeUndefined()
    await must('docker stop shown >/dev/null')
    expect(await ports({})).toBeUndefined()
  })
})

describe('containers-stop › apply, verify', () => {
  it('stop what the plan names and leave a neighbour unchanged', async () => {
    await must(oldStack)
    const neighbour = await must(`docker inspect --format '{{.State.StartedAt}}' neighbour`)
    const { bound } = await stopped()
    expect(await states()).toBe(
      ['neighbour running', 'old-db-1 exited', 'old-web-1 exited', 'plain exited'].join('\n'),
    )
    expect((await containersStop.verify(step, bound.at())).facts).toMatchObject({
      ...{ containers: 3, killed: [] },
    })
    expect(await must(`docker inspect --format '{{.State.StartedAt}}' neighbour`)).toBe(neighbour)
  })
  itInDepth(
    'keep everything stopped after a restart of the engine, whatever its restart policy was',
    async () => {
      await must(oldStack)
      await stopped()
      await stage.testHost.killDockerd()
      await must('until docker info > /dev/null 2>&1; do sleep 0.2; done; sleep 1')
      expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
    },
  )
  it('stop dependents before their dependencies', async () => {
    await must(oldStack)
    await stopped()
    const order = await must(
      `docker inspect --format '{{.State.FinishedAt}} {{.Name}}' old-db-1 old-web-1 plain | sort | cut -d ' ' -f 2`,
    )
    expect(order).toBe('/plain\n/old-web-1\n/old-db-1')
  })
  it('fail when a container runs again or has a restart policy', async () => {
    await must(oldStack)
    const { bound } = await stopped()
    await must('docker start old-web-1 > /dev/null; docker update --restart always plain > /dev/null')
    await expect(containersStop.verify(step, bound.at())).rejects.toThrow(StepNotVerified)
    await expect(containersStop.verify(step, bound.at())).rejects.toThrow(
      /old-web-1 .*running; container plain .*always/,
    )
  })
  it('have nothing to do for a project without containers, and are blocked on a missing container', async () => {
    const none = fieldsOf(containersStop, { projects: ['old'] })
    expect(await containersStop.inspect(none, stage.step().at())).toMatchObject({
      priorState: { ran: [], stopped: [] },
      changes: [],
    })
    expect(await containersStop.inspect(step, stage.step().at())).toMatchObject({
      blockedOn: { how: 'creates', what: 'container', name: 'plain' },
    })
  })
})

describe('containers-stop › inspect › refuses', () => {
  it('an unknown project with mustExist, and accepts one that was taken down', async () => {
    await must(oldStack)
    const of = (project: string) => fieldsOf(containersStop, { projects: [project], mustExist: true })
    const misspelt = containersStop.inspect(of('olld'), stage.step().at())
    await expect(misspelt).rejects.toThrow(StepRefused)
    await expect(misspelt).rejects.toThrow(/project olld.*\bold\b/)
    await must(`docker compose -p old -f /srv/old/compose.yml down 2> /dev/null
docker volume create --label com.docker.compose.project=old old_data > /dev/null`)
    expect(await containersStop.inspect(of('old'), stage.step().at())).toMatchObject({ changes: [] })
    await must('docker volume rm old_data > /dev/null')
  })
  it('a container that a stop would delete', async () => {
    await must('docker run -d --rm --name plain testbed/nginx:1 > /dev/null')
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow(StepRefused)
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow(/container plain .*--rm/)
    await must('docker rm -f plain > /dev/null')
  })
  it('a paused container', async () => {
    await must('docker run -d --name plain testbed/nginx:1 > /dev/null; docker pause plain > /dev/null')
    await expect(containersStop.inspect(step, stage.step().at())).rejects.toThrow('container plain is paused')
    await must('docker unpause plain > /dev/null')
  })
})

describe('containers-stop › disableRestartOnly, then restartDisabled', () => {
  const disable = fieldsOf(containersStop, {
    projects: ['old'],
    containers: ['plain'],
    disableRestartOnly: true,
  })
  const stop = fieldsOf(containersStop, { projects: ['old'], containers: ['plain'], restartDisabled: true })
  const carriedOut = async (one: typeof step) => {
    const bound = stage.step()
    const looked = await inspected(containersStop, one, bound.at())
    await containersStop.apply(one, looked.priorState, bound.at())
    const { facts } = await containersStop.verify(one, bound.at())
    return { facts, undo: () => containersStop.undo(one, looked.priorState, bound.at('undo-1')) }
  }

  it('the undo of the first step alone starts the containers and restores their policies', async () => {
    await must(oldStack)
    const before = [await states(), await policies()]
    expect(await containersStop.inspect(stop, stage.step().at())).toMatchObject({
      blockedOn: { how: 'modifies', what: 'container' },
    })
    const disabled = await carriedOut(disable)
    expect(disabled.facts).toEqual({ containers: 3, running: 3 })
    expect(await states()).toBe(before[0])
    const stopped = await carriedOut(stop)
    expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
    expect(await stopped.undo()).toEqual([])
    expect(await must('docker ps --format {{.Names}}')).toBe('neighbour')
    expect(await disabled.undo()).toEqual([])
    expect([await states(), await policies()]).toEqual(before)
  })
})

describe('containers-stop › undo', () => {
  it('starts exactly what ran, dependencies first, with the restart policies from before', async () => {
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
  itInDepth('waits for a container that takes longer than a minute to become healthy', async () => {
    await must(`docker run -d --name plain --health-cmd 'test -e /run/ready' --health-interval 1s --health-start-period 300s \
  --entrypoint sh testbed/nginx:1 -c 'rm -f /run/ready; sleep 70; touch /run/ready; exec sleep 1000' > /dev/null`)
    const { bound, priorState } = await stopped()
    await containersStop.undo(step, priorState, bound.at('undo-1'))
    expect(await must(`docker inspect --format '{{.State.Health.Status}}' plain`)).toBe('healthy')
  })
  itInDepth('names containers that others removed, and starts the rest', async () => {
    await must(oldStack)
    const { bound, priorState } = await stopped()
    await must('docker rm plain > /dev/null')
    const [left] = await containersStop.undo(step, priorState, bound.at('undo-1'))
    expect(left?.what).toMatch(/^container [0-9a-f]{12}$/)
    expect(await states()).toBe('neighbour running\nold-db-1 running\nold-web-1 running')
  })
  itInDepth(
    'fails with the error of a container that does not start, and succeeds on a second attempt',
    async () => {
      await must(
        `${oldStack}\ndocker rm -f plain > /dev/null; docker run -d --name plain -p 18080:80 testbed/nginx:1 > /dev/null`,
      )
      const { bound, priorState } = await stopped()
      await must('docker run -d --name thief -p 18080:80 testbed/nginx:1 > /dev/null')
      await expect(containersStop.undo(step, priorState, bound.at('undo-1'))).rejects.toThrow(/18080/)
      await must('docker rm -f thief > /dev/null')
      expect(await containersStop.undo(step, priorState, bound.at('undo-2'))).toEqual([])
      expect(await states()).toContain('plain running')
    },
  )
})

describe('inStartOrder', () => {
  const of = (project: string, service: string, dependsOn = '') => ({ project, service, dependsOn })
  it('follows Compose labels, places a plain container last, and ends for a dependency cycle', () => {
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
