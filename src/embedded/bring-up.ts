import type { Config } from '../config.ts'
import { ReinstateError } from '../errors.ts'
import type { Temporal } from './connection.ts'
import { connectTo, whereIsTemporal } from './connection.ts'
import { listens } from './namespace.ts'
import { NoWorker } from './not-up.ts'
import { onlyOneStarts } from './start-lock.ts'
import { serverDied, startServer, stopServer } from './temporal-server.ts'
import type { WorkerSetup } from './worker-process.ts'
import {
  runningWorker,
  startWorker,
  stopWorker,
  workerDied,
  workerIsUp,
  workerSetup,
} from './worker-process.ts'

const NEWER = 'the program is newer'

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
 * @throws NotUp · OtherWorker
 */
export async function bringUp(config: Config, tell: (line: string) => void): Promise<Temporal> {
  return await onlyOneStarts(config.home, async () => {
    const before = await whereIsTemporal(config)
    if (before.mayEmbed && !(await listens(before.address))) {
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

/** Brings back what was killed rather than stopped; nothing happens otherwise. @throws NotUp · OtherWorker */
export async function revive(config: Config, tell: (line: string) => void): Promise<void> {
  if (!(await serverDied(config.home)) && !(await workerDied(config.home))) return
  const temporal = await bringUp(config, tell)
  await temporal.close()
}

/** Stops the worker, then the server, of this home. Answers what there was to stop. */
export async function stopAll(home: string): Promise<readonly string[]> {
  return await onlyOneStarts(home, async () => {
    const worker = await stopWorker(home)
    const server = await stopServer(home)
    return [...(worker ? ['worker'] : []), ...(server ? ['Temporal'] : [])]
  })
}

async function ensureWorker(
  config: Config,
  temporal: Temporal,
  { maySpawn, tell }: { readonly maySpawn: boolean; readonly tell: (line: string) => void },
): Promise<void> {
  const meant = workerSetup(config, temporal.address)
  const running = await runningWorker(config.home)
  if (running?.address === temporal.address) {
    const why = whyReplace(running, meant)
    if (why === undefined) return
    // A run that has begun on one inventory must not go on with another.
    if (why !== NEWER && (await anyRunIsOpen(temporal))) throw new OtherWorker(running, meant)
    tell(`replacing the worker in the background: ${why}`)
    await stopWorker(config.home)
  } else if (await workerIsUp(temporal)) return

  // Somewhere else a worker has hosts and secrets that this machine need not have.
  if (!maySpawn) throw new NoWorker(temporal.address)
  await startWorker(config, meant)
  tell(`a worker is up, for the hosts in ${config.inventory}`)
}

function whyReplace(running: WorkerSetup, meant: WorkerSetup): string | undefined {
  if (running.inventory !== meant.inventory) return `it has ${running.inventory}, not ${meant.inventory}`
  if (running.plans !== meant.plans) return `it has the plans in ${running.plans}, not ${meant.plans}`
  return running.build === meant.build ? undefined : NEWER
}

async function anyRunIsOpen({ client }: Temporal): Promise<boolean> {
  const { count } = await client.workflow.count('ExecutionStatus = "Running"')
  return count > 0
}
