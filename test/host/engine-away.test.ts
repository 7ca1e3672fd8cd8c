import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { binding } from './binding.ts'
import { makeLocal } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'

let local: Local
beforeEach(() => {
  local = makeLocal()
})
afterEach(() => local.remove())

describe('while the Docker engine restarts', () => {
  const isBack = () => join(local.directory, 'engine-is-back')
  /** Fails with the error of the docker CLI. */
  const asked = () =>
    question(
      sh`[ -e ${isBack()} ] || { echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 3; }; echo well`,
    )

  it('ask and test throw HostUnreachable, which is retried', async () => {
    const host = local.hosts().bind('here', binding())
    await expect(host.ask(asked())).rejects.toMatchObject({ name: 'HostUnreachable' })
    await expect(host.test(asked())).rejects.toMatchObject({ name: 'HostUnreachable' })
  })

  it('measure › the next activity attempt measures again instead of attaching to the failed measurement', async () => {
    const first = binding()
    const hosts = local.hosts()
    await expect(hosts.bind('here', first).measure('audit', asked())).rejects.toMatchObject({
      name: 'HostUnreachable',
    })
    writeFileSync(isBack(), '')
    // Temporal may have kept a heartbeat from before the measurement ended.
    const resume = first.beats.find(({ offsets }) => Object.keys(offsets ?? {}).length > 0) ?? {}
    expect(resume.offsets).toBeDefined()
    const next = hosts.bind('here', binding({ runToken: first.runToken, resume }))
    expect((await next.measure('audit', asked())).stdout).toBe('well\n')
  })
})
