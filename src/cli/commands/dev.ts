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
    .option('--stop', 'stops the background server and worker')
    .addHelpText('after', '\nExample:\n  reinstate dev')
    .action(async ({ stop = false }: { readonly stop?: boolean }) => {
      const config = readConfig()
      process.exitCode = stop ? await stopBackground(config) : await dev(config)
    })
}

async function dev(config: Config): Promise<ExitCode> {
  if (config.platform !== 'linux') throw new NeedsLinux('the worker', config.platform)
  const wasUp = (await runningServer(config.home)) !== undefined
  // A signal during the start takes effect once everything is up.
  const asked = askedToEnd()
  const temporal = await bringUp(config, note)
  await temporal.close()
  const { codec } = (await runningServer(config.home)) ?? {}
  print([
    `Temporal   ${temporal.address}`,
    `UI         ${temporal.ui}`,
    ...(codec === undefined ? [] : [`decrypts   ${codec}, for the UI and each user of this machine`]),
    `inventory  ${config.inventory}`,
    `home       ${config.home}`,
  ])
  if (wasUp) {
    print(['', 'It runs already, in the background.', '  next: reinstate dev --stop'])
    return exitCodes.done
  }
  print(['', 'Ctrl-C stops it. Runs continue when it is started again.'])
  await stayUntil(asked)
  return await stopBackground(config)
}

/** The handlers stay installed: a second Ctrl-C must not leave half of it running. */
function askedToEnd(): Promise<unknown> {
  return new Promise((resolve) => process.on('SIGINT', resolve).on('SIGTERM', resolve))
}

/** Node would exit at once if the process only listened for signals. */
async function stayUntil(asked: Promise<unknown>): Promise<void> {
  const staying = setInterval(() => undefined, 60_000)
  await asked
  clearInterval(staying)
}

async function stopBackground({ home }: Config): Promise<ExitCode> {
  const stopped = await stopAll(home)
  note(stopped.length === 0 ? 'nothing runs in the background' : `stopped: ${stopped.join(', ')}`)
  return exitCodes.done
}
