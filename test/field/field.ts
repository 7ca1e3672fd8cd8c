import { execa } from 'execa'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../../src/config.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { openServerDesk, type ServerDesk } from '../cli/server-desk.ts'

/** A desk whose test host has the images that field cases name. */
export interface Field extends ServerDesk {
  /** Copies a case's files to /srv/PROJECT and starts it, by default with `docker compose up -d --wait`. */
  readonly lay: (options: Laid) => Promise<void>
  /** Adds rows by the application's page, and returns the page. */
  readonly add: (rows: number, url?: string) => Promise<string>
  /** The application's page as its visitors see it now, an error page included. Asked again for 30 s while nobody answers. */
  readonly page: (url?: string) => Promise<string>
  /** The tutorial's backup: stop, copy a folder per volume and per given directory, start. */
  readonly backUp: (options: BackUp) => Promise<void>
  /** Removes containers, volumes, networks and what is in /srv, /backup and the directory of plans. */
  readonly clear: () => Promise<void>
}

interface Laid {
  /** The folder in test/field/cases. */
  readonly case: string
  readonly project: string
  /** Run in /srv/PROJECT instead of `docker compose up -d --wait`. */
  readonly up?: string
}

interface BackUp {
  readonly project: string
  /** Default: /backup/PROJECT. */
  readonly to?: string
  /** Directories by the name of their folder in the backup. */
  readonly directories?: Readonly<Record<string, string>>
}

const URL = 'http://127.0.0.1:8080/'

/** Starts one. A test file shares it, cleared between its cases. */
export async function openField(): Promise<Field> {
  const desk = await openServerDesk({ name: 'field' })
  const { testHost, folder } = desk
  await copyTo(testHost, { from: packageFolder('test/field/image'), to: '/root/field' })
  await testHost.must(IMAGES)
  const ask = (url: string, options = '') =>
    // To a file, which each retry writes anew: stdout would hold the error page too. A published port accepts connections before
    // the service does, and then resets them.
    testHost.must(
      `rm -f /tmp/page; curl -s ${options} --max-time 20 --retry 30 --retry-all-errors --retry-delay 1 -o /tmp/page '${url}'; cat /tmp/page`,
    )
  return {
    ...desk,
    lay: async ({ case: number, project, up = 'docker compose --progress quiet up -d --wait' }) => {
      const at = `/srv/${project}`
      await copyTo(testHost, { from: packageFolder(`test/field/cases/${number}`), to: at })
      await testHost.must(`cd ${at} && ${up}`)
    },
    // A database that is not ready yet is an error page.
    add: (rows, url = URL) => ask(`${url}add?rows=${rows}`, '-f'),
    page: (url = URL) => ask(url),
    backUp: async ({ project, to = `/backup/${project}`, directories = {} }) => {
      const copies = Object.entries(directories).map(([name, from]) => `copy ${name} ${from}`)
      await testHost.must(`${BACK_UP}\n${copies.join('\n')}\nstart`, { env: { project, to } })
    },
    clear: async () => {
      await testHost.must(CLEAR)
      await rm(join(folder, 'plans'), { recursive: true, force: true })
    },
  }
}

/** Copies a folder of this repository onto a test host. */
async function copyTo(testHost: TestHost, { from, to }: { readonly from: string; readonly to: string }) {
  const { stdout } = await execa('tar', ['-C', from, '-c', '.'], { encoding: 'base64' })
  await testHost.must(`mkdir -p ${to} && base64 -d | tar -C ${to} -x --no-same-owner`, { stdin: stdout })
}

const IMAGES = `
set -eu
cd /root/field
for image in web=field/web:1 postgres-17=postgres:17 postgres-18=postgres:18 busybox=busybox:latest; do
  DOCKER_BUILDKIT=0 docker build -q --target "\${image%%=*}" -t "\${image#*=}" . > /dev/null
done
docker tag testbed/mariadb:11 mariadb:11`

const BACK_UP = `
set -eu
running=$(docker ps -q --filter "label=com.docker.compose.project=$project")
docker stop $running > /dev/null
copy() { mkdir -p "$to/$1"; rsync -aHAX --numeric-ids "$2/" "$to/$1/"; }
start() { docker start $running > /dev/null; }
for volume in $(docker volume ls -q --filter "label=com.docker.compose.project=$project"); do
  copy "\${volume#"$project"_}" "$(docker volume inspect -f '{{.Mountpoint}}' "$volume")"
done`

const CLEAR = `
docker ps -aq | xargs -r docker rm -fv > /dev/null
docker network prune -f > /dev/null
docker volume ls -q | xargs -r docker volume rm -f > /dev/null
find /srv /backup -mindepth 1 -delete`
