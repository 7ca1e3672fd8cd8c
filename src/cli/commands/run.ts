import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { refuseWithoutLinux, revive } from '../../embedded/bring-up.ts'
import { pageOf, locateTemporal } from '../../embedded/connection.ts'
import { BadInput } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { followToTheEnd } from '../run/follow.ts'
import { checkHere, planForWorker, personName, whoAmI } from '../plan-argument.ts'
import { readPreview } from '../preview-file.ts'
import { collected, readInputs } from '../read-inputs.ts'
import { startRun } from '../start-run.ts'
import { note } from '../terminal.ts'
import { withEverythingUp } from '../with-temporal.ts'

interface Options {
  readonly input?: readonly string[]
  readonly id?: string
  readonly yes?: boolean
  readonly detach?: boolean
  readonly json?: boolean
  readonly by?: string
  readonly preview?: string
}

export function define(command: Command): void {
  command
    .argument('[plan]', 'the name of a plan, or a path to its folder or file')
    .option('--input <name=value>', 'an input of the plan, or name=@file; repeatable', collected)
    .option('--id <run>', 'the id of the run. Default: <plan>-<date>-<time>')
    .option('--preview <file>', 'runs exactly what preview --save wrote; refuses if anything differs')
    .option('--yes', 'approves gates in the name of the starter, and prints what it approves')
    .option('--detach', 'exits once the plan is accepted or waits for a decision')
    .option('--by <name>', 'who starts it and decides. Default: your login name', personName)
    .option('--json', 'prints the run as JSON when it ends')
    .addHelpText('after', '\nExample:\n  reinstate run guestbook-restore --input domain=example.org')
    .action(async (plan: string | undefined, options: Options) => {
      process.exitCode = await run(plan, options)
    })
}

async function run(typed: string | undefined, options: Options): Promise<ExitCode> {
  const config = readConfig()
  await refuseWithoutLinux(config)
  const by = options.by ?? whoAmI()
  const { plan, inputs, preview } = whatToRun(typed, options)
  // If the worker is on this machine, a bad plan is reported before anything is started.
  if ((await locateTemporal(config)).mayEmbed) await checkHere(plan, inputs, config)
  return await withEverythingUp(config, async (temporal) => {
    const request = { plan: planForWorker(plan), inputs, by, ...(preview ? { preview } : {}) }
    const id = await startRun(temporal, request, options.id)
    note(`run ${id}\n  ${pageOf(temporal, id)}`)
    const { json = false, yes = false } = options
    return await followToTheEnd(temporal, id, {
      by,
      json,
      yes,
      past: 'all',
      revive: (known) => revive(config, known, note),
      ...(options.detach ? { enough: ({ status }) => !BEFORE_ANY_CHANGE.includes(status.state) } : {}),
    })
  })
}

/** A saved preview names its plan and inputs. Arguments override them, and are then compared with the preview. */
function whatToRun(typed: string | undefined, { input = [], preview: file }: Options) {
  const inputs = readInputs(input)
  if (file === undefined) {
    if (typed === undefined) throw new BadInput('run needs a plan, or --preview FILE', 'reinstate run --help')
    return { plan: typed, inputs }
  }
  const { request, previewed } = readPreview(file)
  return { plan: typed ?? request.plan, inputs: { ...request.inputs, ...inputs }, preview: previewed }
}

/** A detached `run` returns after these states. */
const BEFORE_ANY_CHANGE: readonly string[] = ['resolving', 'previewing']
