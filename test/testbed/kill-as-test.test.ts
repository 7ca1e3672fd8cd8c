import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { killAsTest } from '../../src/plan/rules/kill-as-test.ts'
import { startDroplet, type Droplet } from '../../testbed/droplet.ts'

let droplet: Droplet
beforeAll(async () => {
  droplet = await startDroplet({ name: 'kill' })
})
afterAll(() => droplet.remove())
beforeEach(() =>
  droplet.must(`docker ps -aq | xargs -r docker rm -f > /dev/null
docker run -d --restart always --name shop-web-1 testbed/nginx:1 > /dev/null`),
)

const script = (example: string) => example.replace(/^script: /, '')
const state = (format: string) => droplet.must(`docker inspect --format '${format}' shop-web-1`)
const settled = () => droplet.must('sleep 3')

describe('R027', () => {
  it.each([
    [script(killAsTest.example.wrong)],
    ['docker kill --signal KILL shop-web-1'],
    ['docker kill -s 9 shop-web-1'],
  ])('warns of %s, after which the container stays down', async (wrong) => {
    await droplet.must(wrong)
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}}')).toBe('false 0')
  })

  it('does not advise to kill process 1 from inside, which has no effect', async () => {
    const before = await state('{{.State.Pid}}')
    await droplet.exec('docker exec shop-web-1 kill -9 1')
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}} {{.State.Pid}}')).toBe(`true 0 ${before}`)
    expect(killAsTest.mend).not.toMatch(/docker exec \w/)
  })

  it('advises a command that kills the container as a crash does: its restart policy starts it again', async () => {
    expect(killAsTest.mend).toContain(script(killAsTest.example.right).replace('shop-web-1', 'NAME'))
    await droplet.must(script(killAsTest.example.right))
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}}')).toBe('true 1')
  })
})
