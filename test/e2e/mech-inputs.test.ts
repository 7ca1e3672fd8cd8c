import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layMech, type MechFacts } from '../../testbed/mech.ts'
import { openStage, type Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [443], alias: 'builder' })
  facts = await layMech(stage.testHost)
  await writeFile(join(stage.folder, 'mech.env'), 'MONGODB_URI=mongodb://db:27017/mech\n', { mode: 0o600 })
  await stage.testHost.must(`
cp -r /etc/ssl/mech /etc/ssl/ends-soon && cd /etc/ssl/ends-soon
openssl req -new -key key.pem -subj '/CN=${facts.domain}' -addext 'subjectAltName=DNS:${facts.domain}' -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -copy_extensions copy -days 10 -out fullchain.pem 2> /dev/null
cp -r /etc/ssl/mech /etc/ssl/other-key && cd /etc/ssl/other-key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem`)
})
afterAll(() => stage.close())

interface Wrong {
  readonly what: string
  readonly inputs: Readonly<Record<string, string>>
  readonly step: string
  readonly says: RegExp
}

const wrong: readonly Wrong[] = [
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
    inputs: { registry_url: 'http://127.0.0.1:5999' },
    step: 'registry-answers',
    says: /Could not connect to server/,
  },
  {
    what: 'a live release that does not run',
    inputs: { live: 'mech-nobody', previous: 'registry.example.org/mech-evolve@sha256:0' },
    step: 'previous-serves',
    says: /no container of project mech-nobody runs/,
  },
  {
    what: 'a previous image at the first release',
    inputs: { previous: 'registry.example.org/mech-evolve@sha256:0' },
    step: 'previous-serves',
    says: /previous= is registry\.example\.org.*, and live= is none/,
  },
]

describe('a release of mech-evolve', () => {
  it.each(wrong)('is refused before any change: $what', async ({ inputs, step, says }) => {
    const before = await fingerprint(stage.testHost)
    const run = await stage.start('mech-evolve', {
      id: `wrong-${wrong.findIndex((one) => one.inputs === inputs)}`,
      inputs: { ...facts.inputs, version: '1.0.0', ...inputs },
    })
    const decision = await openDecision(run, 120)
    expect(decision.step).toBe(step)
    expect(`${decision.happened}\n${decision.shows.join('\n')}`).toMatch(says)
    await decide(run, decision, 'rollback', 'lead')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
  })
})
