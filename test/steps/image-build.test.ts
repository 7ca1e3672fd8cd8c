import { beforeEach, describe, expect, it } from 'vitest'
import { imageBuild } from '../../src/steps/image-build/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { app, FORGET_IMAGES, OTHER_IMAGE, planFolder } from './joins/image-build.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script)
beforeEach(() => must(FORGET_IMAGES))

const stepOf = (files: Readonly<Record<string, string>>, more: object = {}) =>
  fieldsOf(imageBuild, { context: planFolder(files), tag: 'shop:1', network: 'none', ...more })

async function built(step: ReturnType<typeof stepOf>) {
  const bound = stage.step()
  const { priorState } = await inspected(imageBuild, step, bound.at())
  await imageBuild.apply(step, priorState, bound.at())
  return { bound, priorState }
}

const problemOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'none',
    (error: unknown) => String(error),
  )

describe('image-build', () => {
  it('builds from a folder of the maximum size, byte for byte, and leaves no source on the host', async () => {
    // Random text does not shrink: the archive has more bytes than one variable may have.
    const large = await must('head -c 700000 /dev/urandom | base64 -w 0')
    const source = 'canary-of-the-source'
    const step = stepOf({
      Dockerfile: `FROM testbed/nginx:1 AS build
COPY . /source
RUN sha256sum < /source/large > /sum && grep -q canary /source/main.ts
FROM testbed/nginx:1
COPY --from=build /sum /sum
`,
      'main.ts': source,
      large: large.slice(0, 900_000),
    })
    const { bound } = await built(step)
    const { strength, outputs } = await imageBuild.verify(step, bound.at())
    expect(strength).toBe('observed')
    expect(outputs?.['id']).toBe(await must("docker image inspect --format '{{.Id}}' shop:1"))
    const sum = await must('docker run --rm --network none --entrypoint cat shop:1 /sum')
    expect(sum).toBe(await stage.testHost.must('sha256sum', { stdin: large.slice(0, 900_000) }))
    // The engine's own directory has the build cache.
    const found = await stage.testHost.exec(
      `grep -rl -e ${source} -e ${Buffer.from(source).toString('base64').slice(0, 24)} /var/lib/reinstate /root /run /tmp /srv /etc`,
    )
    expect(found.stdout).toBe('')
    // The archive of random text is as large, however it is written.
    expect(await must('find /var/lib/reinstate /root /run /tmp /srv -type f -size +200k')).toBe('')
  })

  it.each([
    ['none', 'lo'],
    ['default', 'eth0\nlo'],
  ])('builds with the network %s', async (network, interfaces) => {
    const step = stepOf({ Dockerfile: 'FROM testbed/nginx:1\nRUN ls /sys/class/net > /net' }, { network })
    await built(step)
    expect(await must('docker run --rm --entrypoint cat shop:1 /net')).toBe(interfaces)
  })

  it('has nothing to do for an unchanged folder, and builds again for any other option', async () => {
    const { bound } = await built(stepOf(app))
    expect(await inspected(imageBuild, stepOf(app), bound.at())).toMatchObject({ changes: [] })
    for (const other of [
      stepOf({ ...app, 'page.html': 'changed' }),
      stepOf(app, { target: 'build' }),
      stepOf(app, { args: { A: 'b' } }),
    ])
      expect((await inspected(imageBuild, other, bound.at())).changes).toHaveLength(2)
  })

  it('verify › names everything that is not as expected, also what a later layer hides', async () => {
    const key = await must('ssh-keygen -q -t ed25519 -N "" -f /tmp/key && cat /tmp/key && rm /tmp/key*')
    const step = stepOf(
      {
        Dockerfile: `FROM testbed/nginx:1
RUN mkdir -p /app/.git /root/keys && echo A=b > /app/.env && touch /app/.git/HEAD /usr/local/bin/npm
COPY notes /root/keys/notes
RUN rm -rf /app /root/keys
`,
        notes: `${key}\n`,
      },
      { expect: { user: '10001', healthcheck: true, maxMegabytes: 1, without: ['npm', 'curl'] } },
    )
    const { bound } = await built(step)
    await expect(imageBuild.verify(step, bound.at())).rejects.toMatchObject({
      name: 'StepNotVerified',
      data: {
        differences: [
          'its user is root, not 10001',
          'it has no health check',
          expect.stringMatching(/^it has 8\d\.\d MB, more than 1 MB$/) as string,
          'it contains /usr/local/bin/npm',
          'a layer contains /app/.env',
          'a layer contains /app/.git',
          'a layer contains a private key: /root/keys/notes',
        ],
      },
    })
  })

  it('verify › accepts the keys that a Debian image brings', async () => {
    const step = stepOf({
      Dockerfile: 'FROM testbed/postgres:17\nRUN test -s /etc/ssl/private/ssl-cert-snakeoil.key\n',
    })
    const { bound } = await built(step)
    expect((await imageBuild.verify(step, bound.at())).strength).toBe('observed')
  })

  it('verify › accepts a program that a later layer removes, by its name or with its directory', async () => {
    const step = stepOf(
      {
        Dockerfile: `FROM testbed/nginx:1
RUN mkdir -p /opt/tool/bin && touch /opt/tool/bin/npm /usr/local/bin/npm /usr/local/bin/npx
RUN rm -rf /opt/tool /usr/local/bin/npm
`,
      },
      { expect: { without: ['npm'] } },
    )
    const { bound } = await built(step)
    expect((await imageBuild.verify(step, bound.at())).summary).toContain('without npm')
    const other = stepOf({ Dockerfile: 'FROM shop:1\n' }, { tag: 'shop:2', expect: { without: ['npx'] } })
    const second = await built(other)
    expect(await problemOf(imageBuild.verify(other, second.bound.at()))).toContain('/usr/local/bin/npx')
  })

  it('verify › fails where others gave the tag to another image', async () => {
    const { bound } = await built(stepOf(app))
    await must(OTHER_IMAGE)
    expect(await problemOf(imageBuild.verify(stepOf(app), bound.at()))).toContain(
      'was not built from this folder',
    )
  })

  it('apply › leaves the tag with its image where the build fails, and says why', async () => {
    await must(OTHER_IMAGE)
    const before = await must("docker image inspect --format '{{.Id}}' shop:1")
    const step = stepOf({ Dockerfile: 'FROM testbed/nginx:1\nRUN echo the test failed >&2; exit 9\n' })
    expect(await problemOf(built(step))).toMatch(/the test failed/)
    expect(await must("docker image inspect --format '{{.Id}}' shop:1")).toBe(before)
  })

  it('undo › leaves a tag that others gave to another image, and keeps the old one', async () => {
    await must(OTHER_IMAGE)
    const { bound, priorState } = await built(stepOf(app))
    await must("printf 'FROM testbed/nginx:1\\nLABEL third=yes\\n' | docker build -q -t shop:1 - > /dev/null")
    const third = await must("docker image inspect --format '{{.Id}}' shop:1")
    const leftovers = await imageBuild.undo(stepOf(app), priorState, bound.at('undo-1'))
    expect(await must("docker image inspect --format '{{.Id}}' shop:1")).toBe(third)
    const [, kept = ''] = /kept as (\S+)$/.exec(leftovers[0]?.why ?? '') ?? []
    expect(await must(`docker image inspect --format '{{.Id}}' ${kept}`)).toBe(priorState.was)
  })

  it('undo › leaves the image to a container that uses it, and names it', async () => {
    const { bound, priorState } = await built(stepOf(app))
    await must('docker create --name user shop:1 > /dev/null')
    const leftovers = await imageBuild.undo(stepOf(app), priorState, bound.at('undo-1'))
    expect(leftovers).toMatchObject([{ why: 'a container uses the image that was built' }])
    expect(
      await must(
        "docker image inspect --format '{{len .RepoTags}}' $(docker inspect --format '{{.Image}}' user)",
      ),
    ).toBe('1')
    expect(await must('docker image ls -q shop:1')).toBe('')
  })

  it('is refused before any change on a host without BuildKit', async () => {
    await must('mv /usr/libexec/docker/cli-plugins/docker-buildx /root/aside')
    const problem = await problemOf(imageBuild.inspect(stepOf(app), stage.step().at()))
    await must('mv /root/aside /usr/libexec/docker/cli-plugins/docker-buildx')
    expect(problem).toMatch(/^StepRefused: docker buildx is missing on this host.*install docker-buildx/)
  })

  it('is refused before any change for a base image of another architecture', async () => {
    await must(
      "printf 'FROM scratch\\nLABEL a=b\\n' | docker build -q --platform linux/arm64 -t shop:base - > /dev/null",
    )
    const problem = await problemOf(
      imageBuild.inspect(stepOf({ Dockerfile: 'FROM shop:base\n' }), stage.step().at()),
    )
    expect(problem).toMatch(
      /^StepRefused: the base image shop:base is for linux\/arm64, and this host is linux\/amd64/,
    )
  })
})
