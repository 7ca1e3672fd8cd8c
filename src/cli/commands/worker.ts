import type { Command } from 'commander'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { readConfig } from '../../config.ts'
import { connectTo, locateTemporal } from '../../embedded/connection.ts'
import { NoWorker } from '../../embedded/not-up.ts'
import { ensureSearchAttributes } from '../../embedded/search-attributes.ts'
import {
  hostWorkerIsUp,
  workerEnvironment,
  workerIsUp,
  workerProgram,
  workerSetup,
} from '../../embedded/worker-process.ts'
import { NeedsLinux } from '../../errors.ts'
import { readKey } from '../../worker-key.ts'
import { TASK_QUEUE_NAME, TASK_QUEUE_RULE } from '../../host/inventory.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { note } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

export function define(command: Command): void {
  command
    .option('--task-queue <name>', 'serves only hosts with this taskQueue: in the inventory', taskQueueName)
    .option('--check', 'starts nothing: exit status 0 if a worker of this machine polls; for health checks')
    .addHelpText(
      'after',
      '\nExample:\n  TEMPORAL_ADDRESS=temporal.internal:7233 REINSTATE_INVENTORY=/etc/reinstate/inventory.yaml reinstate worker',
    )
    .action(
      async ({ check = false, taskQueue }: { readonly check?: boolean; readonly taskQueue?: string }) => {
        process.exitCode = check ? await checkWorker(taskQueue) : await worker(taskQueue)
      },
    )
}

function taskQueueName(typed: string): string {
  if (TASK_QUEUE_NAME.test(typed)) return typed
  throw new BadInput(`--task-queue "${typed}" ${TASK_QUEUE_RULE}`)
}

/** @throws NotUp */
async function checkWorker(taskQueue: string | undefined): Promise<ExitCode> {
  return await withTemporal(async (temporal) => {
    const on = hostname()
    const isUp =
      taskQueue === undefined ? workerIsUp(temporal, { on }) : hostWorkerIsUp(temporal, taskQueue, { on })
    if (await isUp) return exitCodes.done
    throw new NoWorker(temporal.address)
  })
}

/** Runs a worker in the foreground, for systemd and containers, until SIGTERM. Commands keep running on hosts. */
async function worker(taskQueue: string | undefined): Promise<ExitCode> {
  const config = readConfig()
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  readKey(config.keyFile)
  const temporal = await connectTo(await locateTemporal(config))
  const added = await ensureSearchAttributes(temporal).finally(temporal.close)
  if (added.length > 0) note(`search attributes added to ${temporal.namespace}: ${added.join(', ')}`)
  const child = spawn(process.execPath, [workerProgram(), ...(taskQueue === undefined ? [] : [taskQueue])], {
    stdio: 'inherit',
    env: { ...process.env, ...workerEnvironment(workerSetup(config, temporal.address)) },
  })
  // Ctrl-C reaches both processes; SIGTERM reaches only this one.
  const passOn = () => void child.kill('SIGTERM')
  process.on('SIGTERM', passOn).on('SIGINT', () => undefined)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0 ? exitCodes.done : exitCodes.failed
}
