import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { refuseWithoutLinux } from '../../embedded/bring-up.ts'
import { whereIsTemporal } from '../../embedded/connection.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { checkHere, planForWorker, whoAmI } from '../plan-argument.ts'
import { mayHoldPreview, savePreview } from '../preview-file.ts'
import { collected, readInputs } from '../read-inputs.ts'
import { toFailure } from '../read-workflow.ts'
import { previewLines } from '../rendering/preview-lines.ts'
import { planName } from '../start-run.ts'
import { note, print, printJson } from '../terminal.ts'
import { waitForPreview, type PreviewPlan } from '../wait-for-preview.ts'
import { withEverythingUp } from '../with-temporal.ts'

interface Options {
  readonly input?: readonly string[]
  readonly json?: boolean
  readonly audit?: boolean
  readonly save?: string
}

export function define(command: Command): void {
  command
    .argument('<plan>', 'the name of a plan, or a path to its folder or file')
    .option('--input <name=value>', 'an input of the plan; may be given several times', collected)
    .option('--audit', 'also reads backups whole and grades them, which may take long')
    .option('--save <file>', 'writes the preview to a file, to which a run can be held: run --preview')
    .option('--json', 'prints all of it as JSON')
    .addHelpText('after', '\nExample:\n  reinstate preview guestbook-restore --save today.json')
    .action(async (plan: string, options: Options) => {
      process.exitCode = await preview(plan, options)
    })
}

async function preview(plan: string, options: Options): Promise<ExitCode> {
  const { input = [], json = false, audit = false, save } = options
  const config = readConfig()
  await refuseWithoutLinux(config)
  if (save !== undefined) mayHoldPreview(save)
  const inputs = readInputs(input)
  if ((await whereIsTemporal(config)).mayEmbed) await checkHere(plan, inputs, config)
  return await withEverythingUp(config, async ({ client }) => {
    try {
      const handle = await client.workflow.start<PreviewPlan>('previewPlan', {
        workflowId: `preview/${planName(plan)}-${Date.now()}`,
        taskQueue: TASK_QUEUE,
        args: [{ plan: planForWorker(plan), inputs, by: whoAmI(), audit }],
      })
      const found = await waitForPreview(handle)
      if (json) printJson(found)
      else print(previewLines(found))
      if (save !== undefined) {
        savePreview(save, found)
        note(`saved\n  next: reinstate run --preview ${save}`)
      }
      const refused = found.steps.some(({ refused: why }) => why !== undefined)
      return refused ? exitCodes.failed : exitCodes.done
    } catch (error) {
      const { type, cause, message } = toFailure(error)
      if (type !== 'Refused') throw error
      note(message)
      return exitCodeOf(cause)
    }
  })
}
