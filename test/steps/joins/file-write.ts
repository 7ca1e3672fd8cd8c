import { createHash } from 'node:crypto'
import { fileWrite } from '../../../src/steps/file-write/index.ts'
import type { Joined } from '../contract.ts'

/** A file of the plan as the activities hand it over. */
export function planFile(bytes: string | Buffer) {
  const content = Buffer.from(bytes)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { name: 'files/it', sha256, base64: content.toString('base64') }
}

const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256))

/** A proxy of a project that serves what /srv/sites/it.conf says, at port 18081. */
export const proxy = `
mkdir -p /srv/sites
echo 'server { listen 8081; return 200 "old"; }' > /srv/sites/it.conf
cat > /srv/compose.yml <<'END'
services:
  proxy: { image: "testbed/nginx:1", ports: [ "18081:8081" ], volumes: [ "/srv/sites:/etc/nginx/conf.d:ro" ] }
END
docker compose -p base -f /srv/compose.yml up -d 2> /dev/null
until [ "$(curl -s http://127.0.0.1:18081/)" = old ]; do sleep 0.1; done`

/** The fields of a step that writes it. */
export const siteOf = (config: string) => ({
  path: '/srv/sites/it.conf',
  from: planFile(config),
  reload: { project: 'base', service: 'proxy', test: ['nginx', '-t'], run: ['nginx', '-s', 'reload'] },
})

export const joined: Joined = {
  kind: fileWrite,
  cases: [
    {
      name: 'replaces another',
      inside: true,
      fields: { path: "/srv/it's.conf", template: planFile(content), owner: 'daemon:adm' },
      arrange: `printf 'old\\n' > "/srv/it's.conf"; chmod 600 /srv/it*; chown 12:34 /srv/it*; touch -d '2020-01-02 03:04:05.678901' /srv/it*`,
    },
    {
      name: 'new',
      fields: { path: '/srv/app.conf', from: planFile('one\n'), mode: '0640' },
      arrange: 'true',
    },
    {
      name: 'another mode only',
      fields: { path: '/srv/app.conf', from: planFile('one\n'), mode: '0600' },
      arrange: `echo one > /srv/app.conf; chmod 666 /srv/app.conf; touch -d 2020-01-02 /srv/app.conf`,
    },
    {
      name: 'a copy of another file of the host',
      fields: { path: '/srv/app.env', copyOf: '/backup/conf/.env', mode: '0600' },
      arrange: `mkdir -p /backup/conf; echo KEY=old > /backup/conf/.env; echo KEY=new > /srv/app.env; chmod 640 /srv/app.env`,
    },
    {
      name: 'one that a service reads',
      fields: siteOf('server { listen 8081; return 200 "new"; }\n'),
      arrange: proxy,
    },
    {
      name: 'empty',
      fields: { path: '/srv/app.conf', from: planFile('') },
      arrange: 'echo full > /srv/app.conf',
    },
  ],
}
