import { existsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { TASK_QUEUE, WORKER_READY } from '../workflows/messages.ts'
import { startInBackground, stopRunning, tailOf } from './background-process.ts'
import { hasDied, isAlive, readRunning } from './background-record.ts'
import type { Temporal } from './connection.ts'

const NAME = 'worker'
/** Longer than the worker's grace time for running activities. */
const STOP_WITHIN_SECONDS = 20
/** A worker polls at least once a minute. */
const SEEN_WITHIN_MS = 80_000
const WORKFLOW_QUEUE = 1
const ACTIVITY_QUEUE = 2

/** The setup of a background worker; another command may have another. */
export interface WorkerSetup {
  readonly address: string
  readonly inventory: string
  readonly plans: string
  /** The folder of the secrets files; empty for those of the plans. */
  readonly secrets: string
  /** ISO time of the build. */
  readonly build: string
}

export function workerSetup(
  { inventory, planFolders, secretsFolder = '' }: Config,
  address: string,
): WorkerSetup {
  const written = [workerProgram(), packageFolder('dist', '.compiled')].filter((file) => existsSync(file))
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

/** Starts a worker in the background and returns once it polls. @throws NotReady */
export async function startWorker(
  { home, keyFile }: Pick<Config, 'home' | 'keyFile'>,
  setup: WorkerSetup,
): Promise<void> {
  await startInBackground({
    home,
    name: NAME,
    program: process.execPath,
    args: [workerProgram()],
    environment: { ...workerEnvironment(setup), REINSTATE_HOME: home, REINSTATE_KEY: keyFile },
    mark: 'worker.js',
    details: { ...setup },
    isReady: async ({ log }) => (await tailOf(log, 50)).includes(WORKER_READY),
  })
}

/** Stops the worker. Commands keep running on hosts; the next worker follows them. */
export async function stopWorker(home: string): Promise<boolean> {
  return await stopRunning(home, NAME, STOP_WITHIN_SECONDS)
}

/** The environment that gives a worker the Temporal, inventory and plans of this command. */
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

/** A server on PostgreSQL lists a worker some seconds after it began to poll. */
const LISTED_WITHIN_MS = 15_000

/** As `workerIsUp`; where none is listed yet, asks again for 15 seconds. */
export async function workerAppears(temporal: Reached): Promise<boolean> {
  for (const since = Date.now(); Date.now() - since < LISTED_WITHIN_MS; await wait(500))
    if (await workerIsUp(temporal)) return true
  return false
}

type Reached = Pick<Temporal, 'connection' | 'namespace'>

/** With `on`: a worker of that machine only. */
interface Where {
  readonly on?: string
}

/** Whether a worker polls the task queue. A killed worker of this machine does not count. */
export async function workerIsUp(temporal: Reached, where: Where = {}): Promise<boolean> {
  return await isPolled(temporal, { name: TASK_QUEUE, taskQueueType: WORKFLOW_QUEUE, ...where })
}

/** Whether a worker polls this task queue for what its hosts need, likewise. */
export async function hostWorkerIsUp(
  temporal: Reached,
  taskQueue: string,
  where: Where = {},
): Promise<boolean> {
  return await isPolled(temporal, { name: taskQueue, taskQueueType: ACTIVITY_QUEUE, ...where })
}

async function isPolled(
  { connection, namespace }: Reached,
  { name, taskQueueType, on }: Where & { readonly name: string; readonly taskQueueType: number },
): Promise<boolean> {
  const { pollers } = await connection.withDeadline(Date.now() + 4000, () =>
    connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
  )
  return (pollers ?? []).some(({ identity, lastAccessTime }) => {
    const seen = Number(lastAccessTime?.seconds ?? 0) * 1000
    const isOfMachine = on === undefined || identity?.endsWith(`@${on}`) === true
    return isOfMachine && Date.now() - seen < SEEN_WITHIN_MS && !isDeadLocalPoller(identity ?? '')
  })
}

/** Temporal lists pollers for minutes. An identity is `pid@host`; on this host the pid can be checked. */
function isDeadLocalPoller(identity: string): boolean {
  const [pid = '', host] = identity.split('@')
  return host === hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid))
}
