import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import ssh2 from 'ssh2'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import * as faults from '../../testbed/faults.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layGuestbook, neighbourIsUntouched } from '../../testbed/guestbook.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import { askDocker, docker } from '../../testbed/outer-docker.ts'
import { thisOwner } from '../../testbed/owner.ts'
import { removeTestHost } from '../../testbed/stale-test-hosts.ts'
import { requireTemplate, testHostTerms } from '../../testbed/test-host-terms.ts'

let testHost: TestHost
let facts: GuestbookFacts
beforeAll(async () => {
  testHost = await startTestHost()
  facts = await layGuestbook(testHost)
})
afterAll(() => testHost.remove())

const visit = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${testHost.httpPort(port)}${path}`)
  return { status: answer.status, text: await answer.text() }
}

describe('a server', () => {
  it.each(['root', 'deploy'])('lets %s in with its key, showing its host key', async (username) => {
    const seen = await overSsh(username, 'id -un; sudo -n docker info --format {{.Driver}}')
    expect(seen.output).toBe(`${username}\noverlay2\n`)
    expect(seen.hostKey).toBe(testHost.hostKey)
  })

  it('passes a script its environment and stdin, and answers as it exits', async () => {
    const answer = await testHost.exec('cat; printf %s "$WORD"; echo no >&2; exit 3', {
      env: { WORD: 'a "b" $c' },
      stdin: 'in ',
    })
    expect(answer).toEqual({ exitCode: 3, stdout: 'in a "b" $c', stderr: 'no\n' })
  })
})

describe('the guestbook', () => {
  it('is broken: it serves a page, says it is unhealthy, and has lost rows', async () => {
    expect((await visit(8080, '/')).status).toBe(200)
    expect(await visit(8080, '/api/health')).toMatchObject({
      status: 503,
      text: expect.stringContaining('guests'),
    })
    const { text } = await visit(8080, '/api/entries/summary')
    expect(text).toBe(`{"rows": ${facts.brokenRows}, "sum": "${facts.brokenSum}"}`)
  })

  it('has a backup that serves all its rows', async () => {
    await testHost.must(SERVE_BACKUP, { env: { PASSWORD: facts.password } })
    const summary = await testHost.must(
      'curl -sf --retry 20 --retry-all-errors --retry-delay 1 localhost:18000/entries/summary',
    )
    expect(summary).toBe(facts.summary)
    expect(facts.rows).toBe(10_000)
    expect(await testHost.must('curl -sf localhost:18000/health')).toBe('{"status": "ok"}')
    expect(await testHost.must('curl -sf -d hello localhost:18000/entries')).toBe('{"id": 10001}')
    await testHost.must('docker rm -fv try-db try-app && docker volume rm try && docker network rm try')
  })

  it('has a neighbour that is up', async () => {
    expect(await visit(18081, '/')).toEqual({ status: 200, text: '<h1>Neighbour</h1>' })
    expect(await neighbourIsUntouched(testHost, facts)).toBe(true)
  })
})

describe('a fingerprint', () => {
  it('is the same twice, and names what has changed since', async () => {
    const before = await fingerprint(testHost)
    expect(diffFingerprints(before, await fingerprint(testHost))).toEqual([])
    expect(before).toContain(String.raw`file /backup/guestbook/site/photos/grüße\nsecond line.txt | regular`)
    expect(before).toContain('links 2')

    await testHost.must('chmod 750 /srv/guestbook; chmod 700 /; docker volume create more; touch /etc/more')
    await faults.flipByte(testHost, '/backup/guestbook/db/PG_VERSION', 1)
    const changed = diffFingerprints(before, await fingerprint(testHost, { exclude: ['/etc'] }))
    const outsideEtc = changed.filter((line) => !line.startsWith('gone file /etc'))
    expect(outsideEtc).toEqual([
      expect.stringMatching(/^changed file \/: mode 0755 → mode 0700$/),
      expect.stringMatching(/^changed file \/backup\/guestbook\/db\/PG_VERSION: sha256 \S+ → sha256 \S+$/),
      'changed file /srv/guestbook: mode 0755 → mode 0750',
      expect.stringMatching(
        /^new volume more \| driver local \| labels none \| options none \| contents 1 entries, \S+$/,
      ),
    ])
    await faults.flipByte(testHost, '/backup/guestbook/db/PG_VERSION', 1)
    await testHost.must('chmod 755 / /srv/guestbook; docker volume rm more; rm /etc/more')
    expect(diffFingerprints(before, await fingerprint(testHost))).toEqual([])
  })
})

describe('a fault', () => {
  it('of processes, connections and containers does what it says', async () => {
    const sleeping = overSsh('root', 'sleep 60').catch((error: Error) => error)
    await testHost.must('until pgrep -f "^sleep 60$"; do sleep 0.05; done')
    expect(await faults.cutSshConnections(testHost)).toBeGreaterThan(0)
    expect(await sleeping).toBeInstanceOf(Error)
    expect(await faults.killProcesses(testHost, '^sleep 60$')).toBe(1)

    await faults.pauseContainer(testHost, 'guestbook-db-1')
    expect((await testHost.exec('curl -s --max-time 1 localhost:8080/api/entries/summary')).exitCode).toBe(28)
    await faults.unpauseContainer(testHost, 'guestbook-db-1')
    expect((await visit(8080, '/api/entries/summary')).status).toBe(200)
  })

  it('of sshd and of the engine passes', async () => {
    await testHost.stopSshd()
    await expect(overSsh('root', 'true')).rejects.toThrow()
    await testHost.startSshd()
    expect((await overSsh('root', 'echo back')).output).toBe('back\n')

    await testHost.killSshd()
    await expect
      .poll(() => overSsh('root', 'echo back').catch(() => undefined))
      .toMatchObject({ output: 'back\n' })

    await faults.freeze(testHost)
    await expect(overSsh('root', 'true')).rejects.toThrow('Timed out')
    await faults.thaw(testHost)
    expect((await overSsh('root', 'echo back')).output).toBe('back\n')

    await faults.muteSsh(testHost)
    await expect(overSsh('root', 'true')).rejects.toThrow('Timed out')
    await faults.unmuteSsh(testHost)

    await testHost.killDockerd()
    await testHost.must('timeout 30 sh -c "until docker info; do sleep 0.1; done"')
    await testHost.must('docker start guestbook-db-1 guestbook-app-1 guestbook-web-1 neighbour-web-1')
  })
})

describe('a reboot', () => {
  it.each([{ powerLoss: false }, { powerLoss: true }])('keeps the data, %j', async (how) => {
    const read = 'cat /proc/sys/kernel/random/boot_id'
    const bootId = await testHost.must(`touch /run/gone /tmp/gone /var/lib/kept /srv/kept; ${read}`)
    await testHost.restart(how)
    expect(await testHost.must(read)).not.toBe(bootId)
    expect(await testHost.must('ls -d /run/gone /tmp/gone /var/lib/kept /srv/kept 2>/dev/null || true')).toBe(
      '/srv/kept\n/var/lib/kept',
    )
    expect((await overSsh('root', 'echo back')).output).toBe('back\n')
    await expect
      .poll(async () => (await visit(8080, '/api/entries/summary').catch(() => undefined))?.text, {
        timeout: 20_000,
      })
      .toBe(`{"rows": ${facts.brokenRows}, "sum": "${facts.brokenSum}"}`)
  })
})

describe('a server of another sort', () => {
  it('has no Docker and a small disk', async () => {
    const bare = await startTestHost({ without: ['docker'], disk: { at: '/data', mebibytes: 20 } })
    try {
      expect((await bare.exec('command -v docker dockerd docker-compose')).exitCode).not.toBe(0)
      expect((await bare.exec('head -c 30M /dev/zero >/data/large')).stderr).toContain(
        'No space left on device',
      )
      await bare.must('rm /data/large; touch /data/kept')
      const filling = await faults.fillDisk(bare, '/data', 2)
      expect((await bare.exec('head -c 3M /dev/zero >/data/large')).stderr).toContain(
        'No space left on device',
      )
      await bare.must(`rm /data/large ${filling}`)
      await bare.restart()
      expect(await bare.must('ls /data')).toContain('kept')
      expect(await fingerprint(bare)).toContain('no engine answers')
    } finally {
      await bare.remove()
    }
  })

  it('makes its volumes on a small disk', async () => {
    const small = await startTestHost({ disk: { at: '/var/lib/docker/volumes', mebibytes: 64 } })
    try {
      const script =
        'docker run --rm -v full:/v --entrypoint sh testbed/nginx:1 -c "head -c 80M /dev/zero >/v/large"'
      expect((await small.exec(script)).stderr).toContain('No space left on device')
    } finally {
      await small.remove()
    }
  })
})

describe('the volume that test hosts start from', () => {
  it('was removed › no test host starts, and the error names the command that makes it', async () => {
    const name = `reinstate-testbed-gone-${process.pid}`
    await expect(requireTemplate(name)).rejects.toThrow(`${name}, which test hosts start from, was removed`)
    // As Docker makes it again for a container that names it.
    await docker(['volume', 'create', name])
    try {
      await expect(requireTemplate(name)).rejects.toThrow('next: sh scripts/setup all')
    } finally {
      await docker(['volume', 'rm', name])
    }
  })

  it('is empty › the test host ends at once and says so', async () => {
    const name = `reinstate-testbed-empty-${process.pid}`
    const terms = await testHostTerms({
      ...{ name, owner: thisOwner(), folder: '', published: new Map(), without: [] },
      ...{ disk: undefined, images: 'stacks' },
    })
    try {
      await docker(terms.map((word) => (word.endsWith(':/template:ro') ? '/template' : word)))
      expect(await docker(['wait', name])).toBe('3')
      expect((await askDocker(['logs', name])).stderr).toContain('is empty')
    } finally {
      await removeTestHost(name, '')
    }
  })
})

const SERVE_BACKUP = `
docker network create try >/dev/null
docker volume create try >/dev/null
cp -a /backup/guestbook/db/. "$(docker volume inspect --format '{{.Mountpoint}}' try)"
docker run -d --name try-db --network try -v try:/var/lib/postgresql/data testbed/postgres:17 >/dev/null
docker run -d --name try-app --network try -p 127.0.0.1:18000:8000 -e DATABASE_URL="postgresql://postgres:$PASSWORD@try-db:5432/guestbook" testbed/guestbook:1 >/dev/null
`

/** Runs a command as the product's connections do: with the key, seeing the host's. */
async function overSsh(username: string, command: string): Promise<{ output: string; hostKey: string }> {
  const privateKey = await readFile(testHost.privateKeyPath)
  let hostKey = ''
  return await new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.once('close', () => reject(new Error('the connection closed')))
    client.once('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error)
        let output = ''
        channel.on('data', (bytes: Buffer) => (output += bytes.toString()))
        channel.once('close', (code: number | undefined) => {
          client.end()
          if (code === undefined) reject(new Error('the connection was cut'))
          else resolve({ output, hostKey })
        })
      })
    })
    client.connect({
      host: '127.0.0.1',
      port: testHost.sshPort,
      username,
      privateKey,
      readyTimeout: 2000,
      hostVerifier: (key: Buffer) => {
        hostKey = `ssh-ed25519 ${key.toString('base64')}`
        return true
      },
    })
  })
}
