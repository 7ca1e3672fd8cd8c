import { describe, expect, it } from 'vitest'
import { composeUp } from '../../src/steps/compose-up/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile()
const must = (script: string) => stage.testHost.must(script)

/** A service with these mounts, of project old, whose files say so; and the file of its successor. */
const project = (old: string, next: string) => `
mkdir -p /srv/old/files /srv/next; echo x > /srv/old/files/x
up() {
  printf 'services: { web: { image: "testbed/nginx:1", stop_signal: SIGKILL, volumes: [%s] } }\\nvolumes: { named: {}, spare: {} }\\n' "$1"
}
up '${old}' > /srv/old/compose.yaml
docker compose --progress quiet -p old -f /srv/old/compose.yaml up -d
up '${next}' | sed 's/named: {}/named: { external: true, name: old_named }/' > /srv/next/compose.yaml
in_old() { docker exec old-web-1 sh -c "$1"; }
`
const look = (other: object = {}) => {
  const fields = { file: '/srv/next/compose.yaml', project: 'next', replaces: 'old', ...other }
  return composeUp.inspect(fieldsOf(composeUp, fields), stage.step().at())
}

describe('compose-up › inspect › replaces', () => {
  it('refuses a place with data whose successor is an empty anonymous volume, unless lost: lists it', async () => {
    await must(project('"/data"', '"/data"'))
    expect(await look()).toHaveProperty('changes')
    await must('docker exec old-web-1 sh -c "echo 1 > /data/orders"')
    await expect(look()).rejects.toThrow(
      /data of project old would be lost: service web: a new empty volume, or nothing at \/data; the container of project old has an anonymous volume there, which holds 1 file, 2 bytes/,
    )
    const listed = await look({ lost: [{ service: 'web', path: '/data' }] })
    expect(listed).toMatchObject({ changes: expect.arrayContaining(['lost: web:/data']) as unknown })
  })
  it('refuses an empty successor of any form, and a missing service', async () => {
    await must(`${project('"named:/data", "/srv/old/files:/files"', '"spare:/data", "/srv/next/files:/files"')}
      mkdir /srv/next/files; in_old 'echo 1 > /data/orders'`)
    await expect(look()).rejects.toThrow(
      /volume next_spare is empty at \/data; .* volume old_named there, .*; service web: \/srv\/next\/files is empty at \/files/,
    )
    await must("sed -i 's/web:/other:/' /srv/next/compose.yaml")
    await expect(look()).rejects.toThrow(/service web: .*\/data; .*service web: .*\/files/)
  })
  it('accounts for what is restored and kept, and does not refuse what is empty or a mount above it', async () => {
    await must(`${project(
      '"named:/data", "/srv/old/files:/files", "/srv/old/inner:/all/inner", "spare:/spare"',
      '"named:/data", "/srv/next/files:/files", "/srv/next:/all"',
    )}
      mkdir -p /srv/next/files /srv/next/inner; echo x > /srv/next/files/x; echo 1 > /srv/old/inner/1; echo 1 > /srv/next/inner/1
      in_old 'echo 1 > /data/orders; echo 2 > /opt/in-the-layer; echo 3 > /tmp/noise'`)
    const found = await look()
    expect(found).toMatchObject({
      changes: expect.arrayContaining([
        'restored: web:/files from /srv/next/files',
        'restored: web:/all/inner from /srv/next/inner',
        'kept: web:/data: volume old_named is mounted again',
      ]) as unknown,
      notes: expect.arrayContaining([
        // The image writes two of them when it starts.
        expect.stringMatching(
          /^lost: container old-web-1 wrote 3 files, .* outside its mounts, such as \/.*; it stays/,
        ),
      ]) as unknown,
    })
    expect(JSON.stringify(found)).not.toMatch(/spare|noise/)
  })
  it('refuses a database in the layer of a container', async () => {
    await must(`${project('', '')}\nin_old 'mkdir -p /app; echo 1 > /app/shop.sqlite3'`)
    await expect(look()).rejects.toThrow(/\/app\/shop\.sqlite3, SQLite data among them/)
    expect(await look({ lost: [{ service: 'web', path: '/app' }] })).toHaveProperty('changes')
  })
  it('sees through volumes that are directories by their driver_opts', async () => {
    await must(`${project('', '')}
      mkdir -p /srv/next/fresh; echo 1 > /srv/next/fresh/1; echo 1 > /srv/old/files/1
      volume() { docker volume create --opt type=none --opt o=bind --opt device="$2" "$1" > /dev/null; }
      volume bound /srv/old/files
      docker rm -f old-web-1 > /dev/null
      docker run -d --name old-web-1 --label com.docker.compose.project=old --label com.docker.compose.service=web -v bound:/data testbed/nginx:1 > /dev/null
      docker stop -t 0 old-web-1 > /dev/null
      cat > /srv/next/compose.yaml <<'END'
services: { web: { image: "testbed/nginx:1", volumes: ["bound:/data"] } }
volumes: { bound: { driver_opts: { type: none, o: bind, device: /srv/next/fresh } } }
END`)
    expect(await look()).toMatchObject({
      changes: expect.arrayContaining([
        'creates volume next_bound, which is /srv/next/fresh',
        'restored: web:/data from /srv/next/fresh',
      ]) as unknown,
    })
    await must('rm -r /srv/next/fresh')
    expect(await look()).toMatchObject({ blockedOn: { what: 'path', name: '/srv/next/fresh' } })
  })
})

describe('compose-up › verify › replaces', () => {
  it('reports the account in its evidence', async () => {
    await must(
      `${project('"named:/data"', '"named:/data"')}\nin_old 'echo 1 > /data/1'; docker stop -t 0 old-web-1`,
    )
    const fields = fieldsOf(composeUp, {
      ...{ file: '/srv/next/compose.yaml', project: 'next', replaces: 'old', settle: false },
    })
    const bound = stage.step()
    const found = await composeUp.inspect(fields, bound.at())
    if ('blockedOn' in found) throw new Error(found.text)
    await composeUp.apply(fields, found.priorState, bound.at())
    expect(await composeUp.verify(fields, bound.at())).toMatchObject({
      summary: expect.stringContaining('places of project old: 0 restored, 1 kept, 0 lost') as unknown,
      facts: { kept: ['web:/data: volume old_named is mounted again'], lost: [] },
    })
  })
})
