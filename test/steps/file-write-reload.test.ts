import { beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { CommandFailed, StepRefused } from '../../src/errors.ts'
import { fileWrite } from '../../src/steps/file-write/index.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { crashes, crashingAfter } from './crash.ts'
import { proxy, siteOf } from './joins/file-write.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(proxy)
})

const must = (script: string) => stage.testHost.must(script)
const CONFIG = 'server { listen 8081; return 200 "new"; }\n'
const step = fieldsOf(fileWrite, siteOf(CONFIG))
const file = () => must('cat /srv/sites/it.conf')
/** Polled: nginx reads its configuration after the signal. */
const serves = (answer: string) =>
  expect.poll(() => must('curl -s http://127.0.0.1:18081/'), { timeout: 10_000 }).toBe(answer)
const OLD = 'server { listen 8081; return 200 "old"; }'

async function applied(fields = step, bound: Bound = stage.step()) {
  const { priorState } = await inspected(fileWrite, fields, bound.at())
  await fileWrite.apply(fields, priorState, bound.at())
  return { bound, priorState }
}

async function failureOf(doing: Promise<unknown>): Promise<string> {
  const error: unknown = await doing.catch((error: unknown) => error)
  expect(error).toBeInstanceOf(CommandFailed)
  return (error as CommandFailed).message
}

describe('file-write › reload', () => {
  it('after the write and after the undo › the service reads the file', async () => {
    const { changes } = await inspected(fileWrite, step, stage.step().at())
    expect(changes.at(-1)).toBe('makes service proxy of project base read it: nginx -t, then nginx -s reload')
    const { bound, priorState } = await applied()
    await serves('new')
    expect((await fileWrite.verify(step, bound.at())).summary).toMatch(
      /service proxy of project base has read it$/,
    )
    expect(await inspected(fileWrite, step, stage.step().at())).toMatchObject({ changes: [] })
    expect(await fileWrite.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    await serves('old')
    expect(await file()).toBe(OLD)
  })

  it('where the test fails › puts the old file back, fails with its output, and may be tried again', async () => {
    const toNew = fieldsOf(
      fileWrite,
      siteOf('server { listen 8081; location / { proxy_pass http://shop; } }\n'),
    )
    const bound = stage.step()
    const { priorState } = await inspected(fileWrite, toNew, bound.at())
    const message = await failureOf(fileWrite.apply(toNew, priorState, bound.at(1)))
    expect(message).toMatch(/host not found in upstream "shop"/)
    expect(message).toContain('is as it was before the step')
    expect(await file()).toBe(OLD)
    await serves('old')

    await must('docker run -d --name shop --network base_default testbed/nginx:1 > /dev/null')
    await fileWrite.apply(toNew, priorState, bound.at(2))
    await fileWrite.verify(toNew, bound.at(2))
    await serves('<h1>nginx</h1>')
    await fileWrite.undo(toNew, priorState, bound.at('undo-1'))
    await serves('old')
  })

  itInDepth('where the service cannot be told to read it › puts the old file back', async () => {
    const { reload, ...others } = siteOf(CONFIG)
    const wrong = fieldsOf(fileWrite, {
      ...others,
      reload: { ...reload, run: ['sh', '-c', 'echo refused; exit 7'] },
    })
    const message = await failureOf(applied(wrong))
    expect(message).toMatch(/exited with 7 in container base-proxy-1: refused/)
    expect(message).toContain('the service could not read it again')
    expect(await file()).toBe(OLD)
  })

  it('cut off after the write › verify and the next inspection find that the service has not read it', async () => {
    const bound = stage.step()
    const { priorState } = await inspected(fileWrite, step, bound.at())
    await crashes(fileWrite.apply(step, priorState, crashingAfter(bound.at(), 1)))
    expect(await file()).toBe(CONFIG.trim())
    await serves('old')
    await expect(fileWrite.verify(step, bound.at())).rejects.toThrow(/has not read .*base-proxy-1/)

    const next = stage.step()
    const found = await inspected(fileWrite, step, next.at())
    expect(found.changes).toEqual([expect.stringMatching(/^makes service proxy/)])
    await fileWrite.apply(step, found.priorState, next.at())
    await serves('new')
    await fileWrite.verify(step, next.at())
    // It wrote nothing, so its undo leaves the file and the service.
    await fileWrite.undo(step, found.priorState, next.at('undo-1'))
    expect(await file()).toBe(CONFIG.trim())
  })

  itInDepth('a container that started after the write › has read it', async () => {
    await must(
      `printf '%s\\n' '${CONFIG.trim()}' > /srv/sites/it.conf; docker restart -t 1 base-proxy-1 > /dev/null`,
    )
    expect(await inspected(fileWrite, step, stage.step().at())).toMatchObject({ changes: [] })
    await must('touch /srv/sites/it.conf')
    expect((await inspected(fileWrite, step, stage.step().at())).changes).toHaveLength(1)
  })

  itInDepth(
    'whose old file the service refuses › the undo fails, says so, and may be tried again',
    async () => {
      const { bound, priorState } = await applied()
      await must('echo broken > /srv/sites/other.conf')
      const message = await failureOf(fileWrite.undo(step, priorState, bound.at('undo-1')))
      expect(message).toMatch(/other\.conf.*service proxy still works with the one of the step/s)
      expect(await file()).toBe(OLD)
      await must('rm /srv/sites/other.conf')
      expect(await fileWrite.undo(step, priorState, bound.at('undo-2'))).toEqual([])
      await serves('old')
    },
  )

  it('inspect › refuses a container that mounts the file itself, and waits for a service that does not run', async () => {
    await must('docker stop -t 1 base-proxy-1 > /dev/null')
    expect(await fileWrite.inspect(step, stage.step().at())).toMatchObject({
      blockedOn: { how: 'modifies', what: 'project', name: 'base' },
    })
    await must(`sed -i 's|/srv/sites:/etc/nginx/conf.d|/srv/sites/it.conf:/etc/nginx/conf.d/it.conf|' /srv/compose.yml
      docker compose -p base -f /srv/compose.yml up -d 2> /dev/null`)
    await expect(fileWrite.inspect(step, stage.step().at())).rejects.toThrow(StepRefused)
    await expect(fileWrite.inspect(step, stage.step().at())).rejects.toThrow('mount its directory instead')
  })
})
