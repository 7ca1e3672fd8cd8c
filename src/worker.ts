import { existsSync } from 'node:fs'
import { Client } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { openAuthority } from './activities/authority.ts'
import { createActivities, onHosts } from './activities/create-activities.ts'
import { openSigners } from './allowed-signers.ts'
import { clientConverter, refuseUnknownKeys, workerConverter } from './codec/data-converter.ts'
import type { CodecKeyUnknown } from './codec/payload-codec.ts'
import { readConfig } from './config.ts'
import type { Config } from './config.ts'
import { pageOf } from './embedded/connection.ts'
import { runningServer } from './embedded/temporal-server.ts'
import { NeedsLinux } from './errors.ts'
import { openHosts } from './host/hosts.ts'
import { readInventory } from './host/inventory.ts'
import { openNotifier } from './notifications/notifier.ts'
import { observedActivities } from './observe/activities.ts'
import { refreshGauges } from './observe/gauges.ts'
import { hostObserver } from './observe/hosts.ts'
import { beginAtZero, openMeter } from './observe/meter.ts'
import { installRuntime } from './observe/runtime.ts'
import { allowedFolders } from './plan/files/allowed-folders.ts'
import { kinds } from './steps/index.ts'
import { readKey } from './worker-key.ts'
import { TASK_QUEUE, WORKER_READY } from './workflows/messages.ts'

/**
 * Runs a worker on the hosts of the inventory until SIGTERM or SIGINT. Commands keep running on hosts after that.
 * @param hostQueue the task queue of some hosts: the worker serves only them, and carries out no workflows
 */
export async function runWorker(config: Config = readConfig(), hostQueue?: string): Promise<void> {
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  // Made by `npm run build`: each worker would take seconds to bundle.
  let missing: CodecKeyUnknown | undefined
  const { dataConverter, bundle } = workerConverter(config, (error) => {
    // Each task that it fails is an attempt of a run, and ten of them end the run.
    if (missing === undefined) worker.shutdown()
    missing = error
  })
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing; create it: npm run build`)
  const authority = openAuthority(readKey(config.keyFile))
  const inventory = await readInventory(config.inventory)
  const log = installRuntime(config)
  const observers = { log, meter: openMeter(Runtime.instance().metricMeter) }
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
  const ui = config.ui ?? (await runningServer(config.home))?.ui
  const notifier = openNotifier({
    file: config.notify,
    pageOf: (workflowId) => (ui === undefined ? undefined : pageOf({ ui, namespace }, workflowId)),
  })
  // As with the inventory: what is wrong with the file is found now, and not when somebody has to be notified.
  await notifier.settings()
  const connection = await NativeConnection.connect(connectionOptions)
  const hosts = openHosts({
    inventory,
    knownHosts: config.knownHosts,
    localRoot: config.localRoot,
    localDocker: 'not needed',
    observer: hostObserver(observers),
  })
  const client = new Client({ connection, namespace, dataConverter: clientConverter(config) })
  await refuseUnknownKeys(client, TASK_QUEUE)
  const activities = createActivities({
    client,
    hosts,
    kinds,
    authority,
    signers: openSigners(config.allowedSigners),
    notifier,
    planFolders: config.planFolders,
    secretsFolder: config.secretsFolder,
    allowedFolders: () => allowedFolders(config.home),
  })
  const observed = observedActivities(activities, observers)
  const taskQueue = hostQueue ?? TASK_QUEUE
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(hostQueue === undefined && { workflowBundle: { codePath: bundle } }),
    dataConverter,
    activities: hostQueue === undefined ? observed : onHosts(observed),
    // An activity watches each lock for as long as its run lasts: a run on a hundred hosts left no slot for its steps.
    maxConcurrentActivityTaskExecutions: 1000,
    // By default heartbeats are throttled to most of their timeout, and a lost worker is noticed late.
    maxHeartbeatThrottleInterval: '3 seconds',
    // A killed worker's sticky queue delays its workflows for this long.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    shutdownGraceTime: '10 seconds',
  })
  const stopRefreshing = config.metrics === undefined ? undefined : refreshGauges(client, observers)
  if (config.metrics !== undefined) beginAtZero(observers.meter, { namespace, taskQueue })
  try {
    const running = worker.run()
    const address = connectionOptions.address ?? 'localhost:7233'
    // At every level: what starts a worker waits for this line.
    log.child({}, { level: 'info' }).info({ taskQueue, address }, WORKER_READY)
    await running
    if (missing !== undefined) throw missing
  } finally {
    stopRefreshing?.()
    await hosts.close()
    await connection.close()
  }
}

if (process.argv[1] === import.meta.filename) await runWorker(readConfig(), process.argv[2])
