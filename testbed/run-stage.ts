import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import type { WorkflowHandle } from '@temporalio/client'
import { execa } from 'execa'
import { clientConverter } from '../src/codec/data-converter.ts'
import { newCodecKey, writeCodecKeys } from '../src/codec/keys.ts'
import { packageFolder } from '../src/config.ts'
import { freePorts } from '../src/embedded/ports.ts'
import { createKey } from '../src/worker-key.ts'
import { startServer, stopServer } from '../src/embedded/temporal-server.ts'
import type { EmbeddedServer } from '../src/embedded/temporal-server.ts'
import { TASK_QUEUE, WORKER_READY } from '../src/workflows/messages.ts'
import { saveHistories } from './save-histories.ts'
import { startTestHost } from './test-host.ts'
import type { TestHost, TestHostOptions } from './test-host.ts'
import { temporalProgram } from './temporal-program.ts'

/** A real test host, Temporal server and worker for one test file. */
export interface Stage {
  readonly testHost: TestHost
  readonly client: Client
  readonly folder: string
  /** The current URL of the UI, which changes if another program takes its port while it is down. */
  readonly ui: string
  readonly environment: Readonly<Record<string, string>>
  readonly server: { readonly start: () => Promise<void>; readonly kill: () => Promise<void> }
  readonly worker: {
    readonly start: () => Promise<void>
    readonly kill: (signal: NodeJS.Signals) => Promise<void>
    /** Whether it has ended without a kill. */
    readonly hasDied: () => boolean
    /** Pauses it until thaw: its commands on hosts continue, and no step can end. */
    /** Returns its PID. */
    readonly freeze: () => number
    readonly thaw: () => void
  }
  /** Writes a plan and the files in its folder. Returns its path. */
  readonly plan: (name: string, yaml: string, files?: Readonly<Record<string, string>>) => Promise<string>
  /** By `starter`, who is no approver. */
  readonly start: (
    plan: string,
    how?: { readonly id?: string; readonly inputs?: Record<string, string> },
  ) => Promise<WorkflowHandle>
  readonly cli: (...words: readonly string[]) => Promise<CliResult>
  /** The same, with more variables. */
  readonly cliWith: (
    variables: Readonly<Record<string, string>>,
    ...words: readonly string[]
  ) => Promise<CliResult>
  readonly close: () => Promise<void>
}

interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

let started = 0

interface OpenOptions extends Pick<TestHostOptions, 'ports' | 'disk' | 'images'> {
  /** Additional hosts of the inventory, as YAML under `hosts:`. */
  readonly hosts?: string
  /** Another name of the test host in the inventory. */
  readonly alias?: string
  /** Further variables of the worker and the CLI. */
  readonly environment?: Readonly<Record<string, string>>
  /** Writes the worker's output only to its log. */
  readonly quiet?: boolean
  /** Whether payloads are encrypted, with keys in `codec.keys` of REINSTATE_HOME. Default: no. */
  readonly encrypted?: boolean
}

/** @throws the error of the set-up, after removing the test host */
export async function openStage(more: OpenOptions = {}): Promise<Stage> {
  const { hosts, alias, environment, quiet = false, encrypted = false, ...machine } = more
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-test-'))
  const home = join(folder, 'home')
  const temporalBinary = await temporalProgram()
  const [testHost, server] = await Promise.allSettled([
    startTestHost(machine),
    startServer({ home, ports: await freePorts(), temporalBinary }, () => undefined),
  ])
  try {
    if (testHost.status === 'rejected') throw testHost.reason
    if (server.status === 'rejected') throw server.reason
    const parts = { testHost: testHost.value, server: server.value, folder, home, temporalBinary }
    return await stageOf(parts, {
      quiet,
      encrypted,
      ...(environment !== undefined && { environment }),
      ...(hosts !== undefined && { hosts }),
      ...(alias !== undefined && { alias }),
    })
  } catch (error) {
    await stopServer(home)
    if (testHost.status === 'fulfilled') await testHost.value.remove()
    throw error
  }
}

interface Parts {
  readonly testHost: TestHost
  readonly server: EmbeddedServer
  readonly folder: string
  readonly home: string
  readonly temporalBinary: string
}

async function stageOf(
  { testHost, server: firstServer, folder, home, temporalBinary }: Parts,
  {
    hosts,
    alias,
    environment: more,
    quiet = false,
    encrypted = false,
  }: Pick<OpenOptions, 'hosts' | 'alias' | 'environment' | 'quiet' | 'encrypted'>,
): Promise<Stage> {
  await writeFile(
    join(folder, 'inventory.yaml'),
    inventory(testHost, ['server', ...(alias === undefined ? [] : [alias])], hosts),
  )
  let server = firstServer
  // Clients and handles of a test keep the first address; the UI's may change.
  const settings = {
    home,
    ports: { temporal: Number(server.address.split(':')[1]), ui: Number(new URL(server.ui).port) },
    namedPorts: ['temporal'] as const,
    temporalBinary,
  }
  const environment = {
    TEMPORAL_ADDRESS: server.address,
    REINSTATE_HOME: home,
    REINSTATE_INVENTORY: join(folder, 'inventory.yaml'),
    REINSTATE_PLANS: join(folder, 'plans'),
    REINSTATE_SECRETS: folder,
    REINSTATE_UI: server.ui,
    REINSTATE_LOCAL_ROOT: join(folder, 'local'),
    ...more,
  }
  createKey(join(home, 'worker.key'))
  const connection = await Connection.connect({ address: server.address })
  const codecKeys = { file: join(home, 'codec.keys'), isNamed: false }
  if (encrypted) writeCodecKeys(codecKeys.file, [newCodecKey()])
  const client = new Client({ connection, dataConverter: clientConverter({ codecKeys }) })

  let worker: ChildProcess | undefined
  const startWorker = async () => {
    worker = spawn(process.execPath, [packageFolder('dist', 'src', 'worker.js')], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // In the folder of the server's logs, which tests search too.
    const log = createWriteStream(join(home, 'worker.log'), { flags: 'a' })
    worker.stderr?.pipe(log)
    worker.stdout?.pipe(log)
    if (!quiet) worker.stderr?.pipe(process.stderr, { end: false })
    const ready = new Promise<void>((resolve, reject) => {
      worker?.stdout?.on('data', (text: Buffer) => text.includes(WORKER_READY) && resolve())
      worker?.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
    })
    await ready
  }
  const killWorker = async (signal: NodeJS.Signals) => {
    const dying = worker
    worker = undefined
    if (!dying || (dying.exitCode ?? dying.signalCode) !== null) return
    const gone = new Promise((resolve) => dying.once('exit', resolve))
    dying.kill(signal)
    await gone
  }
  await startWorker()

  const cliWith: Stage['cliWith'] = async (variables, ...words) => {
    const program = packageFolder('bin', 'reinstate')
    const {
      exitCode = -1,
      stdout,
      stderr,
    } = await execa(process.execPath, [program, ...words], {
      env: { ...environment, ...variables },
      reject: false,
      stdin: 'ignore',
    })
    return { exitCode, stdout, stderr }
  }

  return {
    testHost,
    client,
    folder,
    get ui() {
      return server.ui
    },
    environment,
    server: {
      start: async () => {
        server = await startServer(settings, console.log)
        environment.REINSTATE_UI = server.ui
      },
      kill: async () =>
        void (await execa('pkill', ['-KILL', '-f', `start-dev.*--port ${settings.ports.temporal}`])),
    },
    worker: {
      start: startWorker,
      kill: killWorker,
      hasDied: () => worker !== undefined && (worker.exitCode ?? worker.signalCode) !== null,
      freeze: () => {
        worker?.kill('SIGSTOP')
        return worker?.pid ?? 0
      },
      thaw: () => void worker?.kill('SIGCONT'),
    },
    plan: async (name, yaml, files = {}) => {
      const path = join(folder, 'plans', name, 'plan.yaml')
      for (const [file, text] of Object.entries({ 'plan.yaml': yaml, ...files })) {
        await mkdir(dirname(join(dirname(path), file)), { recursive: true })
        await writeFile(join(dirname(path), file), text)
      }
      return path
    },
    start: (plan, { id = `run-${process.pid}-${++started}`, inputs = {} } = {}) =>
      client.workflow.start('runPlan', {
        ...{ taskQueue: TASK_QUEUE, workflowId: id },
        args: [{ plan, inputs, by: 'starter' }],
      }),
    cli: (...words) => cliWith({}, ...words),
    cliWith,
    close: async () => {
      if (process.env['REINSTATE_SAVE_HISTORIES']) await saveHistories(client)
      await killWorker('SIGKILL')
      await connection.close()
      await stopServer(home)
      await testHost.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function inventory(
  { sshPort, privateKeyPath, hostKey }: TestHost,
  names: readonly string[],
  more = '',
): string {
  const entries = names.flatMap((name) => [
    `  ${name}:`,
    '    address: 127.0.0.1',
    `    port: ${sshPort}`,
    '    user: root',
    `    key: ${privateKeyPath}`,
    `    hostKey: ${hostKey.split(' ').slice(0, 2).join(' ')}`,
  ])
  return ['hosts:', ...entries, more].join('\n')
}
