import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { imagePull } from '../../src/steps/image-pull/index.ts'
import { imagePush } from '../../src/steps/image-push/index.ts'
import { Secret } from '../../src/shell/secret.ts'
import { REGISTRY, registryLogin, startRegistry } from '../../testbed/registry.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { FORGET_IMAGES } from './joins/image-build.ts'
import { servedImage } from './joins/image-pull.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script)
const TO = `${REGISTRY}/team/shop:1`
const step = fieldsOf(imagePush, { image: 'shop:1', to: TO })
const withLogin = (password: string, user = registryLogin.user) =>
  fieldsOf(imagePush, { image: 'shop:1', to: TO, login: { user, password: `\${{ secrets.${password} }}` } })

/** Builds an image with one small layer under a tag. */
const imageOf = (content: string, tag: string) =>
  must(
    `mkdir -p /tmp/it && echo ${content} > /tmp/it/file && printf 'FROM scratch\\nCOPY file /\\n' | docker build -q -t ${tag} -f - /tmp/it > /dev/null; rm -r /tmp/it`,
  )

const problemOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'none',
    (error: unknown) => String(error),
  )

async function pushed(fields = step, secrets: readonly Secret[] = []) {
  const bound = stage.step({ secrets })
  const { priorState } = await inspected(imagePush, fields, bound.at())
  await imagePush.apply(fields, priorState, bound.at())
  return { bound, priorState, verified: await imagePush.verify(fields, bound.at()) }
}

beforeEach(async () => {
  await must(FORGET_IMAGES)
  await imageOf('one', 'shop:1')
})

describe('image-push', () => {
  beforeEach(() => startRegistry(stage.testHost))

  it('proves the digest that the registry serves, and outputs a reference that the engine pulls as the same image', async () => {
    const { verified } = await pushed()
    const { ref = '', digest = '' } = verified.outputs ?? {}
    expect(verified.strength).toBe('proven')
    expect(ref).toBe(`${REGISTRY}/team/shop@${digest}`)
    const id = await must("docker image inspect --format '{{.Id}}' shop:1")
    await must(`docker rmi -f ${id} > /dev/null; docker pull -q ${ref} > /dev/null`)
    expect(await must(`docker image inspect --format '{{.Id}}' ${ref}`)).toBe(id)
  })

  it('has nothing to do where the registry serves the image, and refuses to move a tag', async () => {
    await pushed()
    expect(await inspected(imagePush, step, stage.step().at())).toMatchObject({ changes: [] })
    await imageOf('two', 'shop:1')
    expect(await problemOf(imagePush.inspect(step, stage.step().at()))).toMatch(
      /^StepRefused: 127\.0\.0\.1:5000\/team\/shop:1 is another image in the registry, with digest sha256:[0-9a-f]{64}; a tag never moves/,
    )
  })

  it('apply › does not move a tag that others pushed since the inspection', async () => {
    const bound = stage.step()
    const { priorState } = await inspected(imagePush, step, bound.at())
    await imageOf('two', TO)
    await must(`docker push -q ${TO}; docker rmi ${TO} > /dev/null`)
    expect(await problemOf(imagePush.apply(step, priorState, bound.at()))).toContain('serves another image')
    expect(await imagePush.undo(step, priorState, bound.at('undo-1'))).toEqual([])
  })

  it('verify › fails where others have moved the tag', async () => {
    const { bound } = await pushed()
    await imageOf('two', 'shop:2')
    await must(`docker tag shop:2 ${TO}; docker push -q ${TO}`)
    expect(await problemOf(imagePush.verify(step, bound.at()))).toContain('the registry serves another image')
  })

  it('undo › removes the name on the host and names what stays in the registry', async () => {
    const { bound, priorState, verified } = await pushed()
    const leftovers = await imagePush.undo(step, priorState, bound.at('undo-1'))
    const why = `it may be in the registry as ${TO}, where others may use it by now`
    expect(leftovers).toEqual([{ what: `image ${verified.outputs?.['ref'] ?? ''}`, why }])
    expect(await must("docker image inspect --format '{{json .RepoTags}}' shop:1")).toBe('["shop:1"]')
    expect(await must(`docker buildx imagetools inspect --raw ${TO} | wc -c`)).not.toBe('0')
  })

  it('undo › keeps the only name of the image', async () => {
    const { bound, priorState } = await pushed()
    await must('docker rmi --no-prune shop:1 > /dev/null')
    const leftovers = await imagePush.undo(step, priorState, bound.at('undo-1'))
    expect(leftovers.at(-1)).toEqual({ what: `image ${TO}`, why: 'the image has no other name on this host' })
    expect(await must(`docker image inspect --format '{{.Id}}' ${TO}`)).toBe(priorState.id)
  })

  it('is blocked on an image that the host lacks, and tells a registry that is away', async () => {
    const lacking = fieldsOf(imagePush, { image: 'shop:9', to: TO })
    expect(await imagePush.inspect(lacking, stage.step().at())).toMatchObject({
      blockedOn: { what: 'image', name: 'shop:9' },
    })
    await must('docker stop -t 1 registry > /dev/null')
    expect(await problemOf(imagePush.inspect(step, stage.step().at()))).toMatch(
      /^StepRefused: the registry 127\.0\.0\.1:5000 does not answer: .*connection refused/,
    )
  })

  it('refuses a name without a registry: it would go to Docker Hub', () => {
    expect(() => fieldsOf(imagePush, { image: 'shop:1', to: 'team/shop:1' })).toThrow('has no registry')
  })
})

describe('image-push › with a login', () => {
  beforeEach(() => startRegistry(stage.testHost, { withLogin: true }))

  it('tells a wrong password and a missing login apart from a registry that is away', async () => {
    const at = () => stage.step().at()
    expect(await problemOf(imagePush.inspect(withLogin('not the password'), at()))).toMatch(
      /refuses the login of builder: .*401/,
    )
    expect(await problemOf(imagePush.inspect(step, at()))).toMatch(/demands a login: .*write login:/)
  })

  it('shows the password to no program as an argument, and leaves it in no file of the host', async () => {
    const { password } = registryLogin
    // Every call of the client is noted; the other programs get no argument but file names.
    await must(`cat > /usr/local/bin/docker << 'END'
#!/bin/sh
printf '%s\\n' "$*" >> /tmp/arguments
exec /usr/bin/docker "$@"
END
chmod 755 /usr/local/bin/docker; : > /tmp/arguments`)
    const { bound, priorState } = await pushed(withLogin(password), [new Secret(password)])
    await imagePush.undo(withLogin(password), priorState, bound.at('undo-1'))
    await must('rm /usr/local/bin/docker')
    expect(await must('grep -c imagetools /tmp/arguments')).not.toBe('0')
    const forms = [password, Buffer.from(`${registryLogin.user}:${password}`).toString('base64')]
    const found = await stage.testHost.exec(
      `grep -rlF ${forms.map((form) => `-e '${form}'`).join(' ')} /var/lib/reinstate /root /run /tmp /srv /etc`,
    )
    expect(found.stdout).toBe('')
    expect(await must('ls -d /run/reinstate-registry.* 2> /dev/null || :')).toBe('')
  })
})

describe('image-pull', () => {
  beforeAll(() => startRegistry(stage.testHost))
  const pullOf = (image: string) => fieldsOf(imagePull, { image })

  it('refuses an image of another architecture and an unknown digest before any change', async () => {
    await startRegistry(stage.testHost)
    const { ref, script } = servedImage('arm64')
    await must(script)
    expect(await problemOf(imagePull.inspect(pullOf(ref), stage.step().at()))).toContain(
      'is for linux/arm64, and this host is linux/amd64',
    )
    const unknown = ref.replace(/[0-9a-f]{64}$/, '0'.repeat(64))
    expect(await problemOf(imagePull.inspect(pullOf(unknown), stage.step().at()))).toContain('does not serve')
  })

  it('undo › leaves the image to a container that uses it, and names it', async () => {
    await startRegistry(stage.testHost)
    const { ref, script } = servedImage('amd64')
    await must(script)
    const bound = stage.step()
    await imagePull.apply(pullOf(ref), null, bound.at())
    expect((await imagePull.verify(pullOf(ref), bound.at())).strength).toBe('proven')
    await must(`docker create --name user ${ref} true > /dev/null`)
    expect(await imagePull.undo(pullOf(ref), null, bound.at('undo-1'))).toMatchObject([
      { what: `image ${ref}`, why: 'a container uses it' },
    ])
  })
})
