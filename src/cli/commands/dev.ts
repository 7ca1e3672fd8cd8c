import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import type { Config } from '../../config.ts'
import { bringUp, stopAll } from '../../embedded/bring-up.ts'
import { NeedsLinux } from '../../errors.ts'
import { runningServer } from '../../embedded/temporal-server.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { note, print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .option('--stop', 'stops the server and the worker that an earlier command left in the background')
    .addHelpText('after', '\nExample:\n  reinstate dev')
    .action(async ({ stop = false }: { readonly stop?: boolean }) => {
      const config = readConfig()
      process.exitCode = stop ? await stopBackground(config) : await dev(config)
    })
}

async function dev(config: Config): Promise<ExitCode> {
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  const wasUp = (await runningServer(config.home)) !== undefined
  // Asked for already while it starts, it ends as soon as it is up.
  const asked = askedToEnd()
  const temporal = await bringUp(config, note)
  await temporal.close()
  print([
    `Temporal   ${temporal.address}`,
    `UI         ${temporal.ui}`,
    `inventory  ${config.inventory}`,
    `home       ${config.home}`,
  ])
  if (wasUp) {
    print(['', 'It was up already, in the background.', '  next: reinstate dev --stop, to end it'])
    return exitCodes.done
  }
  print(['', 'Ctrl-C ends it; runs go on from where they are when it is started again.'])
  await stayUntil(asked)
  return await stopBackground(config)
}

/** The handlers stay: a second Ctrl-C must not leave half of it running. */
function askedToEnd(): Promise<unknown> {
  return new Promise((resolve) => process.on('SIGINT', resolve).on('SIGTERM', resolve))
}

/** A process that only listens for signals has nothing to do, and would end at once. */
async function stayUntil(asked: Promise<unknown>): Promise<void> {
  const staying = setInterval(() => undefined, 60_000)
  await asked
  clearInterval(staying)
}

async function stopBackground({ home }: Config): Promise<ExitCode> {
  const stopped = await stopAll(home)
  note(stopped.length === 0 ? 'nothing ran in the background' : `stopped: ${stopped.join(', ')}`)
  return exitCodes.done
}
