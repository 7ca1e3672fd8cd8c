import { existsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import { startInBackground, stopRunning, tailOf } from './background-process.ts'
import { hasDied, isAlive, readRunning } from './background-record.ts'
import type { Temporal } from './connection.ts'

const NAME = 'worker'
/** Longer than its grace for running activities. */
const STOP_WITHIN_SECONDS = 20
/** A worker asks for work anew at least once a minute. */
const SEEN_WITHIN_MS = 80_000
const WORKFLOW_QUEUE = 1

/** What a background worker was started with; another command may mean something else. */
export interface WorkerSetup {
  readonly address: string
  readonly inventory: string
  readonly plans: string
  /** The folder of the secrets files; empty for those of the plans. */
  readonly secrets: string
  /** When the program was compiled. */
  readonly build: string
}

export function workerSetup({ inventory, planFolders, secretsFolder = '' }: Config, address: string): WorkerSetup {
  const written = [workerProgram(), packageFolder('dist', '.tsbuildinfo')].filter((file) => existsSync(file))
  const build = new Date(Math.max(0, ...written.map((file) => statSync(file).mtimeMs))).toISOString()
  const plans = planFolders.filter((folder) => existsSync(folder)).join(':')
  return { address, inventory, plans, secrets: secretsFolder, build }
}

/** The background worker of this home, if it is up. */
export async function runningWorker(home: string): Promise<WorkerSetup | undefined> {
  const record = await readRunning(home, NAME)
  const { address, inventory, plans, secrets = '', build } = record?.details ?? {}
  if (address === undefined || inventory === undefined || plans === undefined || build === undefined)
    return undefined
  return { address, inventory, plans, secrets, build }
}

/** Whether the worker of this home was killed rather than stopped. */
export async function workerDied(home: string): Promise<boolean> {
  return await hasDied(home, NAME)
}

/** Starts a worker in the background; it has hosts and workflows ready when this returns. @throws NotReady */
export async function startWorker({ home }: Pick<Config, 'home'>, setup: WorkerSetup): Promise<void> {
  await startInBackground({
    home,
    name: NAME,
    program: process.execPath,
    words: [workerProgram()],
    environment: workerEnvironment(setup),
    mark: 'worker.js',
    details: { ...setup },
    isReady: async ({ log }) => (await tailOf(log, 50)).includes('worker ready'),
  })
}

/** Stops it; what runs on hosts goes on there and is followed again by the next worker. */
export async function stopWorker(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, STOP_WITHIN_SECONDS)
}

/** The environment in which a worker finds the same Temporal, inventory and plans as this command. */
export function workerEnvironment({
  address,
  inventory,
  plans,
  secrets,
}: Omit<WorkerSetup, 'build'>): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: address,
    REINSTATE_INVENTORY: inventory,
    REINSTATE_PLANS: plans,
    REINSTATE_SECRETS: secrets,
  }
}

/** The compiled worker. */
export function workerProgram(): string {
  return packageFolder('dist', 'src', 'worker.js')
}

/** Whether a worker asks for work; one that was killed is not taken for alive where that can be known. */
export async function workerIsUp({
  connection,
  namespace,
}: Pick<Temporal, 'connection' | 'namespace'>): Promise<boolean> {
  const { pollers } = await connection.withDeadline(Date.now() + 4000, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: TASK_QUEUE },
      taskQueueType: WORKFLOW_QUEUE,
    }),
  )
  return (pollers ?? []).some(({ identity, lastAccessTime }) => {
    const seen = Number(lastAccessTime?.seconds ?? 0) * 1000
    return Date.now() - seen < SEEN_WITHIN_MS && !isDeadNeighbour(identity ?? '')
  })
}

/** Temporal remembers pollers for minutes; an identity is `pid@host`, and on this host a pid can be looked up. */
function isDeadNeighbour(identity: string): boolean {
  const [pid = '', host] = identity.split('@')
  return host === hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid))
}
