import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFolder } from '../../src/config.ts'
import { startTestHost, type TestHost } from '../../testbed/test-host.ts'
import { ownTemporal } from '../cli/typing.ts'

/** What a command printed, both streams, and how it ended. */
export interface Typed {
  readonly code: number | undefined
  readonly output: string
}

/** A test host with the images that field cases name, and a directory in which the built CLI is run as people run it. */
export interface Field {
  readonly testHost: TestHost
  /** The directory; the inventory names the test host `server`, with its key pinned. */
  readonly folder: string
  /** Runs `reinstate` with these words, without a terminal. */
  readonly type: (line: string) => Promise<Typed>
  /** Runs `reinstate` at a terminal, and types each answer once the terminal shows its question. */
  readonly answer: (line: string, ...answers: readonly Answer[]) => Promise<Typed>
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
  readonly close: () => Promise<void>
}

/** A part of a question, and what to type. */
export type Answer = readonly [question: string, typed: string]

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
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-field-'))
  const testHost = await startTestHost({ name: 'field' })
  await copyTo(testHost, { from: packageFolder('test/field/image'), to: '/root/field' })
  await testHost.must(IMAGES)
  const { sshPort, privateKeyPath, hostKey } = testHost
  const server = { address: '127.0.0.1', port: sshPort, user: 'root', key: privateKeyPath, hostKey }
  await writeFile(join(folder, 'inventory.yaml'), JSON.stringify({ hosts: { server } }))
  const environment = await ownTemporal(folder)
  const type = async (line: string) => {
    const { exitCode, stdout, stderr } = await execa(packageFolder('bin/reinstate'), line.split(' '), {
      ...{ cwd: folder, env: environment, stdin: 'ignore', reject: false },
    })
    return { code: exitCode, output: `${stdout}\n${stderr}` }
  }
  const answer = async (line: string, ...answers: readonly Answer[]) => {
    const command = `${packageFolder('bin/reinstate')} ${line}`
    const terminal = execa('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      ...{ cwd: folder, env: environment, reject: false, all: true, timeout: 240_000 },
    })
    let [seen, given] = ['', 0]
    for await (const chunk of terminal.iterable({ binary: true })) {
      seen += Buffer.from(chunk).toString()
      const [question = '', typed = ''] = answers[given] ?? []
      if (question === '' || !seen.includes(question)) continue
      terminal.stdin.write(`${typed}\n`)
      given++
      seen = ''
    }
    const { exitCode, stdout } = await terminal
    const left = answers.slice(given).map(([question]) => `not asked: ${question}`)
    return { code: exitCode, output: [stdout, ...left].join('\n') }
  }
  const ask = (url: string) =>
    // To a file, which each retry writes anew: stdout would hold the error page too.
    testHost.must(
      `curl -s --max-time 20 --retry 30 --retry-connrefused --retry-delay 1 -o /tmp/page '${url}'; cat /tmp/page`,
    )
  return {
    ...{ testHost, folder, type, answer },
    lay: async ({ case: number, project, up = 'docker compose --progress quiet up -d --wait' }) => {
      const at = `/srv/${project}`
      await copyTo(testHost, { from: packageFolder(`test/field/cases/${number}`), to: at })
      await testHost.must(`cd ${at} && ${up}`)
    },
    add: (rows, url = URL) => ask(`${url}add?rows=${rows}`),
    page: (url = URL) => ask(url),
    backUp: async ({ project, to = `/backup/${project}`, directories = {} }) => {
      const copies = Object.entries(directories).map(([name, from]) => `copy ${name} ${from}`)
      await testHost.must(`${BACK_UP}\n${copies.join('\n')}\nstart`, { env: { project, to } })
    },
    clear: async () => {
      await testHost.must(CLEAR)
      await rm(join(folder, 'plans'), { recursive: true, force: true })
    },
    close: async () => {
      await type('dev --stop')
      await testHost.remove()
      await rm(folder, { recursive: true, force: true })
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
