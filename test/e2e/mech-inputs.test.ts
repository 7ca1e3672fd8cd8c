import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { copyOfMech, openMechStage, type MechFacts } from '../../testbed/mech.ts'
import { REGISTRY, registryLogin, startRegistry } from '../../testbed/registry.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  ;({ stage, facts } = await openMechStage())
  await must(`
cp -r /etc/ssl/mech /etc/ssl/ends-soon && cd /etc/ssl/ends-soon
openssl req -new -key key.pem -subj '/CN=${facts.domain}' -addext 'subjectAltName=DNS:${facts.domain}' -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -copy_extensions copy -days 10 -out fullchain.pem 2> /dev/null
cp -r /etc/ssl/mech /etc/ssl/other-key && cd /etc/ssl/other-key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem`)
})
afterAll(() => stage.close())

const must = (script: string) => stage.testHost.must(script)
const OTHER = 'registry.example.org/mech-evolve@sha256:0'
let started = 0
const start = (inputs: Readonly<Record<string, string>> = {}, plan = 'mech-evolve') =>
  stage.start(plan, {
    id: `wrong-${++started}`,
    inputs: { ...facts.inputs, version: '1.0.0', ...inputs },
  })

interface Wrong {
  readonly what: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly step: string
  readonly says: RegExp
  /** Makes it so on the host, and undoes that. */
  readonly lay?: string
  readonly clear?: string
}

/** Runs the plan until a step of its checks fails, rolls it back, and compares the host. */
async function isRefused({ inputs, step, says, lay = ':', clear = ':' }: Omit<Wrong, 'what'>): Promise<void> {
  await must(lay)
  try {
    const before = await fingerprint(stage.testHost)
    const run = await start(inputs)
    const decision = await openDecision(run, 240)
    await decide(run, decision, 'rollback', 'lead')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(decision.step).toBe(step)
    expect(`${decision.happened}\n${decision.shows.join('\n')}`).toMatch(says)
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
  } finally {
    await must(clear)
  }
}

/** Builds an image whose only file has this content under a tag of mech-evolve, and pushes it. */
const publish = (content: string, version: string) => {
  const tag = `${REGISTRY}/mech-evolve:${version}`
  return `mkdir /tmp/it && echo ${content} > /tmp/it/file && cd /tmp/it
printf 'FROM scratch\\nCOPY file /\\n' | docker build -q -t mech-evolve:${version} -f - . > /dev/null; rm -r /tmp/it
docker tag mech-evolve:${version} ${tag}; docker push -q ${tag} > /dev/null; docker rmi ${tag} > /dev/null`
}
/** Stores a login on the host, as docker login does. */
const store = (password: string) =>
  `mkdir -p /root/.docker; printf '{"auths":{"${REGISTRY}":{"auth":"%s"}}}' "$(printf %s '${registryLogin.user}:${password}' | base64 -w 0)" > /root/.docker/config.json`

describe('a release of mech-evolve is refused before any change', () => {
  it.each<Wrong>([
    {
      what: 'a certificate for another name',
      inputs: { domain: 'other.example.org' },
      step: 'certificate-fits',
      says: /fullchain\.pem: is not for other\.example\.org/,
    },
    {
      what: 'a certificate that ends within 14 days',
      inputs: { tls: '/etc/ssl/ends-soon' },
      step: 'certificate-fits',
      says: /ends within 14 days/,
    },
    {
      what: 'a certificate that does not fit its key',
      inputs: { tls: '/etc/ssl/other-key' },
      step: 'certificate-fits',
      says: /does not belong to \/etc\/ssl\/other-key\/key\.pem/,
    },
    {
      what: 'a registry that is away',
      inputs: { registry: '127.0.0.1:5999' },
      step: 'registry-answers',
      says: /the registry does not answer: .*connection refused/,
    },
    {
      what: 'a tag that exists with another digest',
      lay: `${publish('others', '1.0.0')}; docker rmi mech-evolve:1.0.0 > /dev/null`,
      step: 'registry-answers',
      says: /mech-evolve:1\.0\.0 is another image in the registry, sha256:[0-9a-f]{64}; a tag never moves/,
    },
    {
      what: 'a live release that does not run',
      inputs: { version: '1.0.1', live: 'mech-nobody', previous: OTHER },
      step: 'previous-serves',
      says: /no container of project mech-nobody runs/,
    },
    {
      what: 'a live release of another image than previous=',
      inputs: { version: '1.0.1', live: 'mech-one', previous: OTHER },
      lay: `docker run -d --name one --label com.docker.compose.project=mech-one --label com.docker.compose.service=app testbed/nginx:1`,
      clear: 'docker rm -f one',
      step: 'previous-serves',
      says: /project mech-one runs testbed\/nginx:1, not registry\.example\.org/,
    },
    {
      what: 'a previous image at the first release',
      inputs: { version: '1.0.1', previous: OTHER },
      step: 'previous-serves',
      says: /previous= is registry\.example\.org.*, and live= is none/,
    },
    {
      what: 'no previous version where a release is live',
      inputs: { version: '1.0.1' },
      lay: 'mkdir /srv/mech; printf "LIVE=mech-one\\n" > /srv/mech/release.env',
      clear: 'rm -r /srv/mech',
      step: 'previous-serves',
      says: /a release is live; start the run with its live= and previous=/,
    },
  ])('$what', isRefused)

  it('a registry that demands a login, or refuses it; the right one is accepted', async () => {
    await startRegistry(stage.testHost, { withLogin: true })
    await isRefused({ step: 'registry-answers', says: /the registry does not answer: .*no basic auth/ })
    await must(store('wrong'))
    await isRefused({ step: 'registry-answers', says: /the registry does not answer: .*401/ })
    await must(store(registryLogin.password))
    await isRefused({ inputs: { live: 'x', previous: OTHER }, step: 'previous-serves', says: /project x/ })
    await must('rm -r /root/.docker')
    await startRegistry(stage.testHost)
  })
})

describe('a run of mech-evolve does not begin', () => {
  const refusal = async (inputs: Readonly<Record<string, string>> = {}, plan?: string) => {
    const before = await fingerprint(stage.testHost)
    const { type, message } = await failureOf(await start(inputs, plan))
    expect(type).toBe('Refused')
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
    return message
  }

  it('with a base image of another architecture', async () => {
    await must(
      "printf 'FROM scratch\\nLABEL for=arm\\n' | docker build -q --platform linux/arm64 -t node:arm - > /dev/null",
    )
    expect(await refusal({ node_image: 'node:arm' })).toMatch(
      /base image node:arm is for linux\/arm64, and this host is linux\/amd64/,
    )
  })

  it('with a changed base stack', async () => {
    await must("mkdir /srv/mech; printf 'services: {}\\n' > /srv/mech/base.compose.yaml")
    expect(await refusal()).toMatch(
      /\/srv\/mech\/base\.compose\.yaml has other content than the plan gives it, and replace: is false/,
    )
    await must('rm -r /srv/mech')
  })

  it.each([
    {
      what: 'with a Dockerfile that fetches a frontend',
      change: async (app: string) => {
        const dockerfile = join(app, 'Dockerfile')
        await writeFile(dockerfile, `# syntax=docker/dockerfile:1\n${await readFile(dockerfile, 'utf8')}`)
      },
      says: /app\/Dockerfile:1 names a frontend \(syntax=\)/,
    },
    {
      what: 'without a file that the build copies',
      change: (app: string) => rm(join(app, 'tsconfig.json')),
      says: /copies tsconfig\.json, which the folder app does not have, .*\(app\/Dockerfile:14\)/,
    },
  ])('$what', async ({ change, says }) => {
    const copy = await copyOfMech(stage, `mech-${++started}`)
    await change(join(copy, 'app'))
    expect(await refusal({}, copy)).toMatch(says)
  })
})

it('a version that was published from other files is refused after the build, which is rolled back', async () => {
  await isRefused({
    inputs: { version: '3.0.0' },
    lay: publish('before', '3.0.0'),
    step: 'not-published',
    says: /mech-evolve:3\.0\.0 is another image in the registry/,
  })
})
