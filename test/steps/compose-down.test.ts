import { beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepRefused } from '../../src/errors.ts'
import { composeUp } from '../../src/steps/compose-up/index.ts'
import { composeDown } from '../../src/steps/compose-down/index.ts'
import { runningStack } from './joins/compose-down.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must('docker image ls -q "reinstate-kept/*/*/*" | sort -u | xargs -r docker rmi -f > /dev/null')
})

const must = (script: string) => stage.testHost.must(script)
const written = { file: '/srv/shop/compose.yml', project: 'shop' }
const step = fieldsOf(composeDown, written)
const names = () => must(`docker ps -a --format '{{.Names}} {{.State}}' | sort`)
/** A small project, started. */
const started = (services: string, more = '') =>
  must(
    `mkdir -p /srv/shop; cat > /srv/shop/compose.yml <<'END'\nservices:\n${services}\nEND\n` +
      `docker compose -p shop -f /srv/shop/compose.yml up -d 2> /dev/null\n${more}`,
  )
const plain = '  web: { image: "testbed/nginx:1", stop_signal: SIGTERM }'

async function refusal(fields = step): Promise<string> {
  const before = await names()
  const error: unknown = await composeDown.inspect(fields, stage.step().at()).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StepRefused)
  expect(await names()).toBe(before)
  return (error as StepRefused).message
}

async function takenDown(fields = step) {
  const bound = stage.step()
  const look = await inspected(composeDown, fields, bound.at())
  await composeDown.apply(fields, look.priorState, bound.at())
  return { bound, ...look }
}

describe('compose-down › apply, verify, undo', () => {
  it('undone before the compose-up that made the project › nothing of the project is left', async () => {
    await must(`mkdir -p /srv/shop; printf 'services:\\n%s\\n' '${plain}' > /srv/shop/compose.yml`)
    const bound = stage.step()
    const up = fieldsOf(composeUp, written)
    const made = await inspected(composeUp, up, bound.at())
    await composeUp.apply(up, made.priorState, bound.at())
    const down = bound.later('down')
    const removed = await inspected(composeDown, step, down.at())
    await composeDown.apply(step, removed.priorState, down.at())
    expect(await names()).toBe('')

    await composeDown.undo(step, removed.priorState, down.at('undo-1'))
    expect(await names()).toBe('shop-web-1 running')
    // The web server writes into its layer, which is kept as an image.
    const left = await composeUp.undo(up, made.priorState, bound.at('undo-1'))
    expect(left.filter(({ what }) => !what.startsWith('image '))).toEqual([])
    expect(await names()).toBe('')
    expect(await must('docker network ls --format {{.Name}} | sort')).toBe('bridge\nhost\nnone')
  })

  it('keep every row, the volumes, the images and a neighbour', async () => {
    await must(runningStack)
    const sql = (text: string) => must(`docker exec shop-db-1 psql -U postgres -AtXc "${text}"`)
    await sql('create table it as select generate_series(1, 20000) as n')
    const before = await names()
    const neighbour = await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" neighbour')
    const { bound, priorState } = await takenDown()
    expect(await names()).toBe('neighbour running')
    expect(await must('docker network ls --format {{.Name}} | sort')).toBe('bridge\nhost\nnone')
    expect((await composeDown.verify(step, bound.at())).facts).toEqual({
      ...{ projects: ['shop'], volumes: ['proven'], networks: [] },
    })

    await composeDown.undo(step, priorState, bound.at('undo-1'))
    expect(await names()).toBe(before)
    expect(await sql('select count(*), sum(n) from it')).toBe('20000|200010000')
    expect(await must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" neighbour')).toBe(neighbour)
  })

  itInDepth('keep what a container wrote outside its volumes as an image, and name it', async () => {
    await started('  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, entrypoint: [ sleep, "1000" ] }')
    expect((await composeDown.inspect(step, stage.step().at())) as object).toMatchObject({
      changes: [
        expect.stringContaining('container shop-web-1'),
        expect.stringContaining('network shop_default'),
      ],
    })
    await must('docker exec shop-web-1 sh -c "echo precious > /opt/note; echo x > /tmp/x; echo y > /run/y"')
    const { bound, priorState, changes } = await takenDown()
    expect(changes).toContainEqual(expect.stringMatching(/shop-web-1 .*as an image/))
    const left = await composeDown.undo(step, priorState, bound.at('undo-1'))
    expect(left).toEqual([
      {
        what: `image reinstate-kept/${bound.mark}:shop-web-1`,
        why: expect.stringContaining('outside its volumes') as string,
      },
    ])
    const image = left[0]?.what.slice('image '.length) ?? ''
    expect(await must(`docker run --rm --entrypoint cat ${image} /opt/note`)).toBe('precious')
  })

  itInDepth('restore the old configuration where the file was changed or is gone', async () => {
    await started(
      '  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, environment: { A: "${A}" }, volumes: [ "./site:/site:ro" ] }',
    )
    await must(
      'docker rm -f shop-web-1 > /dev/null; echo A=old > /srv/shop/.env; docker compose -p shop -f /srv/shop/compose.yml up -d 2> /dev/null',
    )
    for (const damage of [
      'echo A=new > .env',
      'sed -i s/site:ro/other:ro/ compose.yml',
      'rm compose.yml .env',
    ]) {
      await must('cp -a /srv/shop /srv/whole')
      const { bound, priorState } = await takenDown()
      await must(`cd /srv/shop; ${damage}`)
      await composeDown.undo(step, priorState, bound.at('undo-1'))
      expect(
        await must(
          `docker inspect --format '{{index .Config.Env 0}} {{range .Mounts}}{{.Source}} {{.Destination}}{{end}}' shop-web-1`,
        ),
      ).toBe('A=old /srv/shop/site /site')
      await must('rm -rf /srv/shop; mv /srv/whole /srv/shop')
    }
  })

  itInDepth('start nothing where neither the file nor its copy gives the old configuration', async () => {
    await must('mkdir -p /srv/shop; echo A=old > /srv/shop/web.env')
    await started('  web: { image: "testbed/nginx:1", stop_signal: SIGTERM, env_file: [ web.env ] }')
    const { bound, priorState } = await takenDown()
    await must('echo A=new > /srv/shop/web.env')
    await expect(composeDown.undo(step, priorState, bound.at('undo-1'))).rejects.toThrow(
      'another configuration',
    )
    expect(await names()).toBe('')
    await must('echo A=old > /srv/shop/web.env')
    await composeDown.undo(step, priorState, bound.at('undo-2'))
    expect(await names()).toBe('shop-web-1 running')
  })

  itInDepth('work twice in a row', async () => {
    await started(plain)
    const { bound, priorState } = await takenDown()
    await composeDown.undo(step, priorState, bound.at('undo-1'))
    const again = await inspected(composeDown, step, bound.at(2))
    await composeDown.apply(step, again.priorState, bound.at(2))
    expect(await names()).toBe('')
    await composeDown.undo(step, again.priorState, bound.at('undo-2'))
    expect(await names()).toBe('shop-web-1 running')
  })

  itInDepth('start nothing where a volume is gone meanwhile', async () => {
    await must(runningStack)
    const { bound, priorState } = await takenDown()
    await must('docker volume rm proven > /dev/null')
    await expect(composeDown.verify(step, bound.at())).rejects.toThrow('volume proven')
    await expect(composeDown.undo(step, priorState, bound.at('undo-1'))).rejects.toThrow(
      'nothing was started',
    )
    expect(await names()).toBe('neighbour running')
  })

  it('leave a container that others started meanwhile, and fail for it', async () => {
    await started(plain)
    const bound = stage.step()
    const look = await inspected(composeDown, step, bound.at())
    await must('docker compose -p shop -f /srv/shop/compose.yml up -d --scale web=2 2> /dev/null')
    await composeDown.apply(step, look.priorState, bound.at())
    await expect(composeDown.verify(step, bound.at())).rejects.toThrow('container shop-web-2')
  })

  it('leave a network that another container uses', async () => {
    await started(plain, 'docker run -d --name guest --network shop_default testbed/nginx:1 > /dev/null')
    const { bound } = await takenDown()
    expect((await composeDown.verify(step, bound.at())).facts).toMatchObject({ networks: ['shop_default'] })
    expect(await names()).toBe('guest running')
  })

  it('have nothing to do without containers and networks', async () => {
    await started(plain, 'docker compose -p shop -f /srv/shop/compose.yml down 2> /dev/null')
    expect(await composeDown.inspect(step, stage.step().at())).toMatchObject({ changes: [] })
  })
})

describe('compose-down › inspect › refuses', () => {
  it('a container of another configuration', async () => {
    await started(plain, 'sed -i s/SIGTERM/SIGINT/ /srv/shop/compose.yml')
    expect(await refusal()).toMatch(/container shop-web-1 .*another configuration/)
  })
  itInDepth('a container of another file', async () => {
    await started(`${plain}\n  old: { image: "testbed/nginx:1" }`, 'sed -i /old:/d /srv/shop/compose.yml')
    expect(await refusal()).toMatch(/container shop-old-1 .*no service of \/srv\/shop\/compose.yml/)
  })
  itInDepth('data in an anonymous volume, unless the plan leaves it', async () => {
    await started(
      '  db: { image: "testbed/postgres:17", environment: { POSTGRES_PASSWORD: x } }',
      'until docker exec shop-db-1 pg_isready -q; do sleep 0.2; done',
    )
    expect(await refusal()).toMatch(/container shop-db-1 .*\/var\/lib\/postgresql\/data/)
    const leave = fieldsOf(composeDown, { ...written, unnamedVolumes: 'leave' })
    const { bound, priorState } = await takenDown(leave)
    const volume = await must('docker volume ls -q')
    expect(await composeDown.undo(leave, priorState, bound.at('undo-1'))).toContainEqual({
      what: `volume ${volume}`,
      why: expect.stringContaining('container shop-db-1 at /var/lib/postgresql/data') as string,
    })
    expect(
      await must(`docker run --rm --entrypoint cat -v ${volume}:/x testbed/postgres:17 /x/PG_VERSION`),
    ).toBe('17')
  })
  itInDepth('an image that its name no longer points to', async () => {
    await must('docker tag testbed/nginx:1 shop/web:1')
    try {
      await started(
        '  web: { image: "shop/web:1", stop_signal: SIGTERM }',
        'docker tag testbed/postgres:17 shop/web:1',
      )
      expect(await refusal()).toMatch(/container shop-web-1 .*docker tag \S+ shop\/web:1/)
    } finally {
      await must('docker rmi -f shop/web:1 > /dev/null')
    }
  })
  itInDepth('a one-off container of "compose run"', async () => {
    await started(
      plain,
      'docker compose -p shop -f /srv/shop/compose.yml run -d web sleep 100 > /dev/null 2>&1',
    )
    expect(await refusal()).toContain('"compose run"')
  })
})
