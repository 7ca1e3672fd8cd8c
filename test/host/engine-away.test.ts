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

describe('a Docker engine that is being restarted', () => {
  const isBack = () => join(local.directory, 'engine-is-back')
  /** As Docker's command line says it. */
  const asked = () =>
    question(
      sh`[ -e ${isBack()} ] || { echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 3; }; echo well`,
    )

  it('is no answer to a question: it is waited for, like a host', async () => {
    const host = local.hosts().bind('here', binding())
    await expect(host.ask(asked())).rejects.toMatchObject({ name: 'HostUnreachable' })
    await expect(host.test(asked())).rejects.toThrow(/its Docker engine does not answer/)
  })

  it('is measured again by the next attempt, which would else join what failed for ever', async () => {
    const first = binding()
    const hosts = local.hosts()
    await expect(hosts.bind('here', first).measure('audit', asked())).rejects.toMatchObject({
      name: 'HostUnreachable',
    })
    writeFileSync(isBack(), '')
    // Temporal may have kept the beat from before the measurement ended.
    const resume = first.beats.find(({ offsets }) => Object.keys(offsets ?? {}).length > 0) ?? {}
    expect(resume.offsets).toBeDefined()
    const next = hosts.bind('here', binding({ runToken: first.runToken, resume }))
    expect((await next.measure('audit', asked())).stdout).toBe('well\n')
  })
})
