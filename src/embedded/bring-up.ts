import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { NeedsLinux, ReinstateError } from '../errors.ts'
import { isAlive } from './background-record.ts'
import { ensureCodecEndpoint, stopCodecEndpoint } from './codec-process.ts'
import type { Temporal } from './connection.ts'
import { connectTo, locateTemporal } from './connection.ts'
import { listens, temporalAnswers } from './namespace.ts'
import { createKey } from '../worker-key.ts'
import { NoWorker } from './not-up.ts'
import { runningServer, serverDied, startServer, stopServer } from './temporal-server.ts'
import { TASK_QUEUE_OF_0_1 } from '../workflows/messages.ts'
import type { WorkerSetup } from './worker-process.ts'
import {
  runningWorker,
  startWorker,
  stopWorker,
  workerAppears,
  workerDied,
  workerIsUp,
  workerSetup,
} from './worker-process.ts'

/** The background worker has another inventory or other plan folders than this command. */
export class OtherWorker extends ReinstateError {
  override readonly name = 'OtherWorker'
  constructor(running: WorkerSetup, meant: WorkerSetup) {
    super(
      `a run is open on a worker with ${running.inventory} and the plans in ${running.plans}; this command has ${meant.inventory} and ${meant.plans}\n` +
        '  next: wait for that run (reinstate status), or set REINSTATE_INVENTORY and REINSTATE_PLANS to the values of the worker',
      { running, meant },
    )
  }
}

/**
 * Connects to a Temporal that has a worker. If none is configured or up, starts the embedded server and a worker in the
 * background; the next command finds them, `stopAll` stops them. Idempotent.
 * @throws NotUp · OtherWorker · NeedsLinux
 */
export async function bringUp(config: Config, tell: (line: string) => void): Promise<Temporal> {
  await refuseWithoutLinux(config)
  return await withStartLock(config.home, async () => {
    const before = await locateTemporal(config)
    if (before.mayEmbed && (await mustStartServer(config.home, before.address))) {
      tell('starting Temporal and a worker in the background (reinstate dev --stop ends them)')
      const { address, ui } = await startServer(config, tell)
      tell(`Temporal is up at ${address}, its UI at ${ui}`)
    }
    const server = before.mayEmbed ? await runningServer(config.home) : undefined
    if (server) await ensureCodecEndpoint(config, server, tell)
    const temporal = await connectTo(await locateTemporal(config))
    try {
      await ensureWorker(config, temporal, { maySpawn: before.mayEmbed, tell })
      return temporal
    } catch (error) {
      await temporal.close()
      throw error
    }
  })
}

/** Refuses to start a server on a system other than Linux, before a plan is read or a home is created. @throws NeedsLinux */
export async function refuseWithoutLinux(config: Config): Promise<void> {
  if (config.platform === 'linux') return
  const { mayEmbed, address } = await locateTemporal(config)
  if (mayEmbed && (await mustStartServer(config.home, address)))
    throw new NeedsLinux('the worker', config.platform)
}

/**
 * Restarts what was killed rather than stopped. Returns a new connection, which the caller closes, if Temporal has moved
 * from the address of `known`; otherwise undefined. @throws NotUp · OtherWorker
 */
export async function revive(
  config: Config,
  known: Pick<Temporal, 'address'>,
  tell: (line: string) => void,
): Promise<Temporal | undefined> {
  if (!(await serverDied(config.home)) && !(await workerDied(config.home)))
    return await reconnectIfMoved(config, known)
  const temporal = await bringUp(config, tell)
  if (temporal.address !== known.address) return temporal
  await temporal.close()
  return undefined
}

/** A connection to the embedded server of this home, if it is up at another address than `known`. */
export async function reconnectIfMoved(
  config: Config,
  known: Pick<Temporal, 'address'>,
): Promise<Temporal | undefined> {
  const now = await locateTemporal(config)
  if (!now.mayEmbed || now.address === known.address) return undefined
  // Not up: the caller tries again.
  return await connectTo(now).catch(() => undefined)
}

/** Stops the worker, the server and the codec endpoint of this home. Returns what was stopped. */
export async function stopAll(home: string): Promise<readonly string[]> {
  return await withStartLock(home, async () => {
    const worker = await stopWorker(home)
    const server = await stopServer(home)
    const codec = await stopCodecEndpoint(home)
    return [
      ...(worker ? ['worker'] : []),
      ...(server ? ['Temporal'] : []),
      ...(codec ? ['codec endpoint'] : []),
    ]
  })
}

/** Whether the server of this home has to be started: no Temporal answers that is, or may be, its own. */
async function mustStartServer(home: string, address: string): Promise<boolean> {
  if (await runningServer(home)) return !(await listens(address))
  // The runs of a killed server are in its home; another Temporal on its port has none of them.
  return (await serverDied(home)) || !(await temporalAnswers(address))
}

async function ensureWorker(
  config: Config,
  temporal: Temporal,
  { maySpawn, tell }: { readonly maySpawn: boolean; readonly tell: (line: string) => void },
): Promise<void> {
  const meant = workerSetup(config, temporal.address)
  const running = await runningWorker(config.home)
  // A worker of another Temporal is left alone.
  if (running && (maySpawn || running.address === temporal.address)) {
    const why = whyReplace(running, meant)
    if (why === undefined) return
    // A run that began with one inventory must not continue with another.
    if (isOther(running, meant) && (await anyRunIsOpen(temporal))) throw new OtherWorker(running, meant)
    tell(`replacing the worker in the background: ${why}`)
    await stopWorker(config.home)
  } else if (await workerIsUp(temporal)) return

  // A remote Temporal's worker has hosts and secrets that this machine may lack.
  if (!maySpawn) {
    if (await workerAppears(temporal)) return
    throw new NoWorker(temporal.address)
  }
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  if (createKey(config.keyFile))
    tell(`created ${config.keyFile}, with which workers sign; for other machines: reinstate key export`)
  await reportOldRuns(temporal, tell)
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

/** This worker cannot continue runs of version 0.1: they carry no signatures. */
async function reportOldRuns({ client }: Temporal, tell: (line: string) => void): Promise<void> {
  const { count } = await client.workflow.count(
    `ExecutionStatus = "Running" AND TaskQueue = "${TASK_QUEUE_OF_0_1}"`,
  )
  const [open, them] = count === 1 ? ['workflow is', 'it'] : ['workflows are', 'them']
  if (count > 0)
    tell(
      `${count} open ${open} of version 0.1: finish ${them}, or roll ${them} back, with a worker of version 0.1`,
    )
}

async function anyRunIsOpen({ client }: Temporal): Promise<boolean> {
  const { count } = await client.workflow.count('ExecutionStatus = "Running"')
  return count > 0
}

/** Runs `work` while no other command starts or stops background processes of this home; other commands wait. */
async function withStartLock<Result>(home: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const lock = join(home, 'starting')
  while (!(await taken(lock))) {
    const holder = Number(await readFile(lock, 'utf8').catch(() => `${process.pid}`))
    // Its holder was killed: the process id is free.
    if (!isAlive(holder)) await rm(lock, { force: true })
    await wait(100)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** A link appears atomically with its content: a killed command leaves no lock without a holder. */
async function taken(lock: string): Promise<boolean> {
  const own = `${lock}.${process.pid}`
  await writeFile(own, `${process.pid}`, { mode: 0o600 })
  try {
    await link(own, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}
