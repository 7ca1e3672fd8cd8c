import type { Command } from 'commander'
import { once } from 'node:events'
import { readConfig } from '../../config.ts'
import type { Config } from '../../config.ts'
import { bringUp, stopAll } from '../../embedded/bring-up.ts'
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
  const wasUp = (await runningServer(config.home)) !== undefined
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
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  return await stopBackground(config)
}

async function stopBackground({ home }: Config): Promise<ExitCode> {
  const stopped = await stopAll(home)
  note(stopped.length === 0 ? 'nothing ran in the background' : `stopped: ${stopped.join(', ')}`)
  return exitCodes.done
}
