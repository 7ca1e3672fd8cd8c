import { beforeAll, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { keyCheck } from '../../src/steps/key-check/index.ts'
import { waitForEngine } from '../../testbed/faults.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { backedUp, tried } from './joins/key-check.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await must(backedUp)
})

const must = (script: string) => stage.testHost.must(script)
const check = (fields: object) =>
  keyCheck.verify(fieldsOf(keyCheck, { ...tried, ...fields }), stage.step().at())

describe('the key of a backup', () => {
  it('decrypts every encrypted text; no scratch copy stays', async () => {
    const before = await fingerprint(stage.testHost)
    expect(await check({})).toMatchObject({ strength: 'observed', facts: { texts: 6 } })
    expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
  })

  itInDepth('removes the scratch copy although the engine dies during the removal', async () => {
    // Kills the engine at the first removal of a volume; whatever starts it again does.
    await must(`cat > /usr/local/bin/docker <<'END'
#!/bin/sh
case "$1 $2" in 'volume rm') mkdir /run/engine-was-killed 2> /dev/null && pkill -KILL -x dockerd ;; esac
exec /usr/bin/docker "$@"
END
chmod +x /usr/local/bin/docker`)
    await check({})
    await must('rm /usr/local/bin/docker; rmdir /run/engine-was-killed')
    await waitForEngine(stage.testHost)
    expect(await must('docker ps -aq; docker volume ls -q --filter label=reinstate.scratch')).toBe('')
  })

  itInDepth('removes the scratch copy when it is stopped, even if the removal is slow', async () => {
    await must(`cat > /usr/local/bin/docker <<'END'
#!/bin/sh
[ "$1" != rm ] || sleep 3
exec /usr/bin/docker "$@"
END
chmod +x /usr/local/bin/docker`)
    const stop = new AbortController()
    const stopped = keyCheck
      .verify(fieldsOf(keyCheck, tried), stage.step({ signal: stop.signal }).at())
      .then(String, String)
    await must('until docker ps -q --filter label=reinstate.scratch | grep -q .; do sleep 0.05; done')
    stop.abort('stop')
    expect(await stopped).toMatch(/abort|stop/i)
    const left = () => must('docker ps -aq; docker volume ls -q --filter label=reinstate.scratch')
    await expect.poll(left, { timeout: 60_000 }).toBe('')
    await must('rm /usr/local/bin/docker')
  })

  it('decrypts those of the server that runs on it', async () => {
    const compose =
      'services: { db: { image: "testbed/postgres:17", volumes: ["/srv/n8n:/var/lib/postgresql/data"] } }'
    await must(`mkdir -p /srv/keys && cp -a /backup/vividwalls/n8n_vol /srv/n8n && echo '${compose}' > /srv/keys/compose.yaml
docker compose -f /srv/keys/compose.yaml -p keys up -d
timeout 60 sh -c 'until docker exec keys-db-1 pg_isready -q; do sleep 0.2; done'`)
    const { backup: _, image: __, ...server } = tried
    const step = fieldsOf(keyCheck, { ...server, project: 'keys', service: 'db' })
    expect(await keyCheck.verify(step, stage.step().at())).toMatchObject({ facts: { texts: 6 } })
    await must('docker compose -p keys down && rm -r /srv/keys /srv/n8n')
  })

  it('fails if it is another key', async () => {
    await expect(check({ key: '${{ secrets.of-an-older-time }}' })).rejects.toThrow(
      '0 of 6 encrypted texts in the backup /backup/vividwalls/n8n_vol',
    )
  })

  it('fails if a text is damaged or the query returns none', async () => {
    const some = 'select case when id in (2, 5) then left(data, 20) else data end from credentials_entity'
    await expect(check({ query: some })).rejects.toThrow('4 of 6 encrypted texts')
    await expect(check({ query: 'select data from credentials_entity where false' })).rejects.toThrow(
      'returned no encrypted text',
    )
  })

  itInDepth('accepts texts with line breaks, and reports a query that fails', async () => {
    await check({ query: "select regexp_replace(data, '(.{64})', E'\\\\1\\n', 'g') from credentials_entity" })
    await expect(check({ query: 'select data from credentials' })).rejects.toThrow('does not exist')
  })

  it('is also tried on a running server', async () => {
    await must(
      'docker run -d --name live -e POSTGRES_PASSWORD=x testbed/postgres:17 > /dev/null; until docker exec live pg_isready -q; do sleep 0.1; done',
    )
    const fields = { backup: undefined, image: undefined, container: 'live', database: 'postgres' }
    await expect(check({ ...fields, query: "values ('U2FsdGVkX18=')" })).rejects.toThrow('0 of 1')
  })

  it('needs a backup with its image, or a server', () => {
    const objection = (fields: object) => keyCheck.validate?.(fieldsOf(keyCheck, { ...tried, ...fields }))
    expect(objection({ image: undefined })).toContain('backup: and image:')
    expect(objection({ container: 'live' })).toContain('not both')
    expect(objection({ backup: undefined, image: undefined })).toContain('needs either backup:')
  })

  it('inspect › is blocked on a missing backup', async () => {
    const step = fieldsOf(keyCheck, { ...tried, backup: '/backup/coming' })
    expect(await keyCheck.inspect?.(step, stage.step().at())).toMatchObject({
      text: 'the backup /backup/coming',
    })
  })
})
