import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { whereIsTemporal } from '../../embedded/connection.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import type { RunRequest, StepPreview } from '../../workflows/messages.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { checkHere, collected, planForWorker, readInputs, whoAmI } from '../plan-argument.ts'
import { toFailure } from '../read-workflow.ts'
import { previewLines } from '../rendering/preview-lines.ts'
import { planName } from '../start-run.ts'
import { note, print, printJson } from '../terminal.ts'
import { withEverythingUp } from '../with-temporal.ts'

interface Options {
  readonly input?: readonly string[]
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .argument('<plan>', 'the name of a plan, or a path to its folder or file')
    .option('--input <name=value>', 'an input of the plan; may be given several times', collected)
    .option('--json', 'prints the steps as JSON')
    .addHelpText('after', '\nExample:\n  reinstate preview guestbook-restore')
    .action(async (plan: string, options: Options) => {
      process.exitCode = await preview(plan, options)
    })
}

async function preview(plan: string, { input = [], json = false }: Options): Promise<ExitCode> {
  const config = readConfig()
  const inputs = readInputs(input)
  if ((await whereIsTemporal(config)).mayEmbed) await checkHere(plan, inputs, config)
  return await withEverythingUp(config, async ({ client }) => {
    try {
      const steps = await client.workflow.execute<(request: RunRequest) => Promise<readonly StepPreview[]>>(
        'previewPlan',
        {
          workflowId: `preview/${planName(plan)}-${Date.now()}`,
          taskQueue: TASK_QUEUE,
          args: [{ plan: planForWorker(plan), inputs, by: whoAmI() }],
        },
      )
      if (json) printJson(steps)
      else print(previewLines(steps))
      return steps.some(({ refused }) => refused !== undefined) ? exitCodes.failed : exitCodes.done
    } catch (error) {
      const { type, cause, message } = toFailure(error)
      if (type !== 'Refused') throw error
      note(message)
      return exitCodeOf(cause)
    }
  })
}
