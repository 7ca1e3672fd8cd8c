import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { killAsTest } from '../../src/plan/rules/docker-rules.ts'
import { startTestHost, type TestHost } from '../../testbed/test-host.ts'

let testHost: TestHost
beforeAll(async () => {
  testHost = await startTestHost({ name: 'kill' })
})
afterAll(() => testHost.remove())
beforeEach(() =>
  testHost.must(`docker ps -aq | xargs -r docker rm -f > /dev/null
docker run -d --restart always --name shop-web-1 testbed/nginx:1 > /dev/null`),
)

const script = (example: string) => example.replace(/^script: /, '')
const state = (format: string) => testHost.must(`docker inspect --format '${format}' shop-web-1`)
const settled = () => testHost.must('sleep 3')

describe('R027', () => {
  it.each([
    [script(killAsTest.example.wrong)],
    ['docker kill --signal KILL shop-web-1'],
    ['docker kill -s 9 shop-web-1'],
  ])('warns of %s, after which the container stays down', async (wrong) => {
    await testHost.must(wrong)
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}}')).toBe('false 0')
  })

  it('does not advise to kill process 1 from inside, which has no effect', async () => {
    const before = await state('{{.State.Pid}}')
    await testHost.exec('docker exec shop-web-1 kill -9 1')
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}} {{.State.Pid}}')).toBe(`true 0 ${before}`)
    expect(killAsTest.fix).not.toMatch(/docker exec \w/)
  })

  it('advises a command that kills the container as a crash does: its restart policy starts it again', async () => {
    expect(killAsTest.fix).toContain(script(killAsTest.example.right).replace('shop-web-1', 'NAME'))
    await testHost.must(script(killAsTest.example.right))
    await settled()
    expect(await state('{{.State.Running}} {{.RestartCount}}')).toBe('true 1')
  })
})
