import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { refuseWithoutLinux } from '../../embedded/bring-up.ts'
import { BadInput } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { readPreview } from '../preview-file.ts'
import { collected, readInputs } from '../read-inputs.ts'
import { addRunOptions, runAndFollow, type RunOptions } from '../run-and-follow.ts'

interface Options extends RunOptions {
  readonly input?: readonly string[]
  readonly preview?: string
}

export function define(command: Command): void {
  addRunOptions(
    command
      .argument('[plan]', 'the name of a plan, or a path to its folder or file')
      .option('--input <name=value>', 'an input of the plan, or name=@file; repeatable', collected)
      .option('--id <run>', 'the id of the run. Default: <plan>-<date>-<time>')
      .option('--preview <file>', 'runs exactly what preview --save wrote; refuses if anything differs'),
  )
    .addHelpText('after', '\nExample:\n  reinstate run guestbook-restore --input domain=example.org')
    .action(async (plan: string | undefined, options: Options) => {
      process.exitCode = await run(plan, options)
    })
}

async function run(typed: string | undefined, options: Options): Promise<ExitCode> {
  const config = readConfig()
  await refuseWithoutLinux(config)
  return await runAndFollow(whatToRun(typed, options), options, config)
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
