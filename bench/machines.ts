import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import type { WorkflowHandle } from '@temporalio/client'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { startInBackground } from '../src/embedded/background-process.ts'
import { namespaceAnswers } from '../src/embedded/namespace.ts'
import { freePorts } from '../src/embedded/ports.ts'
import { serverArgs, stopServer } from '../src/embedded/temporal-server.ts'
import { createKey } from '../src/worker-key.ts'
import { TASK_QUEUE, WORKER_READY } from '../src/workflows/messages.ts'
import type { RunResult } from '../src/workflows/messages.ts'
import { startTestHost } from '../testbed/test-host.ts'
import type { TestHost, TestHostOptions } from '../testbed/test-host.ts'
import { temporalProgram } from '../testbed/temporal-program.ts'

/** A Temporal server and a worker that connect to a test host under any number of names. */
export interface Temporal {
  readonly client: Client
  readonly workerPid: number
  readonly serverPid: number
  /** Starts a run. */
  readonly start: (plan: string) => Promise<WorkflowHandle>
  /** Runs a plan. Returns the milliseconds from its start to its result. */
  readonly run: (plan: string, inputs?: Readonly<Record<string, string>>) => Promise<number>
  readonly lastRun: () => string
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

let runs = 0

/** A test host whose sshd accepts any number of connections, with Python for Ansible. */
export async function startMachine(options: TestHostOptions = {}): Promise<TestHost> {
  const testHost = await startTestHost({ name: 'bench', ...options })
  await testHost.must("printf 'MaxStartups 500\\nMaxSessions 500\\n' >> /etc/ssh/sshd_config")
  await testHost.killSshd()
  await testHost.startSshd()
  return testHost
}

/** `tuned` starts the server as `reinstate dev` does; otherwise it has the defaults and the search attributes. */
export async function startTemporal(
  testHost: TestHost,
  {
    hosts,
    tuned = true,
    more = '',
    workers: count = 1,
  }: {
    readonly hosts: readonly string[]
    readonly tuned?: boolean
    readonly more?: string
    readonly workers?: number
  },
): Promise<Temporal> {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-'))
  const home = join(folder, 'home')
  await mkdir(home)
  await writeFile(join(folder, 'inventory.yaml'), inventoryOf(testHost, hosts) + more)
  const ports = await freePorts()
  const words = serverArgs(home, ports)
  const address = `127.0.0.1:${ports.temporal}`
  await startInBackground({
    home,
    name: 'temporal',
    program: await temporalProgram(),
    args: tuned ? words : words.filter((word, index) => !isTuning(word) && !isTuning(words[index - 1] ?? '')),
    mark: 'start-dev',
    details: { address },
    isReady: () => namespaceAnswers(address),
  })
  const environment = {
    TEMPORAL_ADDRESS: address,
    REINSTATE_HOME: home,
    REINSTATE_INVENTORY: join(folder, 'inventory.yaml'),
    REINSTATE_LOCAL_ROOT: join(folder, 'local'),
    REINSTATE_PLANS: tmpdir(),
  }
  createKey(join(home, 'worker.key'))
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(environment)))
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const { stdout } = await execa('pgrep', ['-f', `start-dev.*--port ${ports.temporal}`])
  let last = ''
  const start = (plan: string, inputs: Readonly<Record<string, string>> = {}) => {
    last = `bench-${process.pid}-${++runs}`
    return client.workflow.start('runPlan', {
      taskQueue: TASK_QUEUE,
      workflowId: last,
      args: [{ plan, inputs }],
    })
  }
  return {
    client,
    environment,
    workerPid: workers[0]?.pid ?? 0,
    serverPid: Number(stdout.split('\n')[0]),
    lastRun: () => last,
    start,
    run: async (plan, inputs) => {
      const started = performance.now()
      const handle = await start(plan, inputs)
      const { state } = (await handle.result()) as RunResult // runPlan's own
      if (state !== 'done') throw new Error(`${handle.workflowId} ended ${state}`)
      return performance.now() - started
    },
    close: async () => {
      const gone = workers.map((worker) => once(worker, 'exit'))
      for (const worker of workers) worker.kill('SIGKILL')
      await Promise.all(gone)
      await connection.close()
      await stopServer(home)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const isTuning = (word: string) => word === '--dynamic-config-value' || word === '--sqlite-pragma'

async function startWorker(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [packageFolder('dist', 'src', 'worker.js')], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (text: Buffer) => text.includes(WORKER_READY) && resolve())
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return worker
}

/** One machine under many names, which clients treat as many machines. */
function inventoryOf(testHost: TestHost, hosts: readonly string[]): string {
  return `hosts:\n${hosts.map((host) => hostLine(testHost, host)).join('')}`
}

/** The line of a host in an inventory. */
export function hostLine({ sshPort, privateKeyPath, hostKey }: TestHost, name: string): string {
  const entry = { address: '127.0.0.1', port: sshPort, user: 'root', key: privateKeyPath, hostKey }
  return `  ${name}: ${JSON.stringify(entry)}\n`
}
