import type { Config } from '../config.ts'
import { NeedsLinux, ReinstateError } from '../errors.ts'
import type { Temporal } from './connection.ts'
import { connectTo, whereIsTemporal } from './connection.ts'
import { listens, temporalAnswers } from './namespace.ts'
import { createKey } from '../worker-key.ts'
import { NoWorker } from './not-up.ts'
import { onlyOneStarts } from './start-lock.ts'
import { runningServer, serverDied, startServer, stopServer } from './temporal-server.ts'
import { TASK_QUEUE_OF_0_1 } from '../workflows/messages.ts'
import type { WorkerSetup } from './worker-process.ts'
import {
  runningWorker,
  startWorker,
  stopWorker,
  workerDied,
  workerIsUp,
  workerSetup,
} from './worker-process.ts'

/** The worker in the background serves other hosts or plans than this command means. */
export class OtherWorker extends ReinstateError {
  override readonly name = 'OtherWorker'
  constructor(running: WorkerSetup, meant: WorkerSetup) {
    super(
      `a run is open on a worker with ${running.inventory} and the plans in ${running.plans}; this command means ${meant.inventory} and ${meant.plans}\n` +
        '  next: let that run end (reinstate status), or set REINSTATE_INVENTORY and REINSTATE_PLANS as it has them',
      { running, meant },
    )
  }
}

/**
 * Connects to a Temporal that has a worker. Where none is configured or up, starts the embedded server and a worker in
 * the background; the next command finds them, `stopAll` ends them. A second call finds everything up.
 * @throws NotUp · OtherWorker · NeedsLinux
 */
export async function bringUp(config: Config, tell: (line: string) => void): Promise<Temporal> {
  await refuseWithoutLinux(config)
  return await onlyOneStarts(config.home, async () => {
    const before = await whereIsTemporal(config)
    if (before.mayEmbed && (await mustStartServer(config.home, before.address))) {
      tell('starting Temporal and a worker in the background (reinstate dev --stop ends them)')
      const { address, ui } = await startServer(config, tell)
      tell(`Temporal is up at ${address}, its UI at ${ui}`)
    }
    const temporal = await connectTo(await whereIsTemporal(config))
    try {
      await ensureWorker(config, temporal, { maySpawn: before.mayEmbed, tell })
      return temporal
    } catch (error) {
      await temporal.close()
      throw error
    }
  })
}

/** Refuses to start a server on another system, before a plan is read or a home is made. @throws NeedsLinux */
export async function refuseWithoutLinux(config: Config): Promise<void> {
  if (config.platform === 'linux') return
  const { mayEmbed, address } = await whereIsTemporal(config)
  if (mayEmbed && (await mustStartServer(config.home, address)))
    throw new NeedsLinux('the worker', config.platform)
}

/**
 * Brings back what was killed rather than stopped. Answers a new connection, for the caller to close, where Temporal is
 * no longer at the address of `known`; otherwise undefined. @throws NotUp · OtherWorker
 */
export async function revive(
  config: Config,
  known: Pick<Temporal, 'address'>,
  tell: (line: string) => void,
): Promise<Temporal | undefined> {
  if (!(await serverDied(config.home)) && !(await workerDied(config.home)))
    return await findMoved(config, known)
  const temporal = await bringUp(config, tell)
  if (temporal.address !== known.address) return temporal
  await temporal.close()
  return undefined
}

/** A connection to the embedded server of this home, if it is up at another address than `known`. */
export async function findMoved(
  config: Config,
  known: Pick<Temporal, 'address'>,
): Promise<Temporal | undefined> {
  const now = await whereIsTemporal(config)
  if (!now.mayEmbed || now.address === known.address) return undefined
  // Not up yet, or not any more: the caller tries again.
  return await connectTo(now).catch(() => undefined)
}

/** Stops the worker, then the server, of this home. Answers what there was to stop. */
export async function stopAll(home: string): Promise<readonly string[]> {
  return await onlyOneStarts(home, async () => {
    const worker = await stopWorker(home)
    const server = await stopServer(home)
    return [...(worker ? ['worker'] : []), ...(server ? ['Temporal'] : [])]
  })
}

/** Whether no Temporal answers that is, or may be taken for, the one of this home. */
async function mustStartServer(home: string, address: string): Promise<boolean> {
  if (await runningServer(home)) return !(await listens(address))
  // The runs of a killed server are in its home: a Temporal of others that has its port now knows none of them.
  return (await serverDied(home)) || !(await temporalAnswers(address))
}

async function ensureWorker(
  config: Config,
  temporal: Temporal,
  { maySpawn, tell }: { readonly maySpawn: boolean; readonly tell: (line: string) => void },
): Promise<void> {
  const meant = workerSetup(config, temporal.address)
  const running = await runningWorker(config.home)
  // A worker for another Temporal than the embedded one stays where that one is only asked.
  if (running && (maySpawn || running.address === temporal.address)) {
    const why = whyReplace(running, meant)
    if (why === undefined) return
    // A run that has begun on one inventory must not go on with another.
    if (isOther(running, meant) && (await anyRunIsOpen(temporal))) throw new OtherWorker(running, meant)
    tell(`replacing the worker in the background: ${why}`)
    await stopWorker(config.home)
  } else if (await workerIsUp(temporal)) return

  // Somewhere else a worker has hosts and secrets that this machine need not have.
  if (!maySpawn) throw new NoWorker(temporal.address)
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  if (createKey(config.keyFile))
    tell(`created ${config.keyFile}, with which workers sign; for other machines: reinstate key export`)
  await tellOfOldRuns(temporal, tell)
  await startWorker(config, meant)
  tell(`a worker is up, for the hosts in ${config.inventory}`)
}

function whyReplace(running: WorkerSetup, meant: WorkerSetup): string | undefined {
  if (running.inventory !== meant.inventory) return `it has ${running.inventory}, not ${meant.inventory}`
  if (running.plans !== meant.plans) return `it has the plans in ${running.plans}, not ${meant.plans}`
  if (running.address !== meant.address) return `it has Temporal at ${running.address}, not ${meant.address}`
  return running.build === meant.build ? undefined : 'the program is newer'
}

function isOther(running: WorkerSetup, meant: WorkerSetup): boolean {
  return running.inventory !== meant.inventory || running.plans !== meant.plans
}

/** This worker cannot carry out what version 0.1 began: nothing of that is signed. */
async function tellOfOldRuns({ client }: Temporal, tell: (line: string) => void): Promise<void> {
  const { count } = await client.workflow.count(
    `ExecutionStatus = "Running" AND TaskQueue = "${TASK_QUEUE_OF_0_1}"`,
  )
  if (count > 0)
    tell(
      `${count} open workflows are of version 0.1: finish them, or roll them back, with a worker of version 0.1`,
    )
}

async function anyRunIsOpen({ client }: Temporal): Promise<boolean> {
  const { count } = await client.workflow.count('ExecutionStatus = "Running"')
  return count > 0
}
