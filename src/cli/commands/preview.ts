import type { WorkflowHandle } from '@temporalio/client'
import type { Command } from 'commander'
import { setTimeout as wait } from 'node:timers/promises'
import { reveal } from '../../codec/reveal.ts'
import { readConfig } from '../../config.ts'
import { refuseWithoutLinux } from '../../embedded/bring-up.ts'
import { locateTemporal } from '../../embedded/connection.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import type { RunRequest } from '../../workflows/messages.ts'
import type { Preview } from '../../workflows/previews.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { checkHere, planForWorker, whoAmI } from '../plan-argument.ts'
import { mayHoldPreview, savePreview } from '../preview-file.ts'
import { collected, readInputs } from '../read-inputs.ts'
import { redraw } from '../redraw.ts'
import { previewLines } from '../rendering/preview-lines.ts'
import { progressText } from '../rendering/progress.ts'
import { took } from '../rendering/time.ts'
import { toFailure } from '../run/lifetime.ts'
import { beatsOf } from '../run/workflow.ts'
import { planName } from '../start-run.ts'
import { note, print, printJson } from '../terminal.ts'
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
    .option('--input <name=value>', 'an input of the plan; repeatable', collected)
    .option('--audit', 'also reads and grades whole backups, which can take long')
    .option('--save <file>', 'writes the preview to a file for run --preview')
    .option('--json', 'prints it as JSON')
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
  if ((await locateTemporal(config)).mayEmbed) await checkHere(plan, inputs, config)
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

export type PreviewPlan = (request: RunRequest & { readonly audit?: boolean }) => Promise<Preview>

const TOLD_EVERY_MS = 1000

/**
 * Waits for the preview of a workflow. On a terminal it redraws a line with the current work and obstacles; elsewhere it prints
 * each obstacle once. Ctrl-C also stops the inspection on the hosts.
 * @throws WorkflowFailedError
 */
export async function waitForPreview(handle: WorkflowHandle<PreviewPlan>): Promise<Preview> {
  const over = new AbortController()
  const interrupted = () => {
    void handle
      .cancel()
      .catch(() => undefined)
      .then(() => {
        note('\npreview stopped; nothing was changed')
        process.exit(130)
      })
  }
  process.once('SIGINT', interrupted)
  const telling = tell(handle, over.signal)
  try {
    return await handle.result()
  } finally {
    over.abort()
    process.removeListener('SIGINT', interrupted)
    await telling
  }
}

async function tell(handle: WorkflowHandle<PreviewPlan>, over: AbortSignal): Promise<void> {
  const since = Date.now()
  const picture = process.stderr.isTTY
    ? redraw(process.stderr, { colours: process.env['NO_COLOR'] === undefined })
    : undefined
  const printed = new Set<string>()
  for (;;) {
    await wait(TOLD_EVERY_MS, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) break
    const { doing, trouble } = await now(handle)
    if (picture)
      picture.draw([`${doing}, ${took(Date.now() - since)}`, ...trouble.map((line) => `  ${line}`)])
    else for (const line of trouble.filter((one) => !printed.has(one))) note(line)
    for (const line of trouble) printed.add(line)
  }
  picture?.clear()
}

/** While Temporal does not answer, there is nothing to show. */
async function now(
  handle: WorkflowHandle<PreviewPlan>,
): Promise<{ readonly doing: string; readonly trouble: readonly string[] }> {
  const described = await handle.describe().catch(() => undefined)
  const pending = await reveal(described?.raw.pendingActivities ?? [], handle.client)
  const inspects = pending.some(({ activityType }) => activityType?.name === 'previewSteps')
  const beats = described ? beatsOf(described) : []
  const isCut = beats.some(({ unreachableSince }) => unreachableSince !== undefined)
  const how = isCut ? '' : progressText(beats[0], new Date())
  return {
    doing: `${inspects ? 'inspecting every step' : 'reading the plan and checking its hosts'}${how === '' ? '' : `: ${how}`}`,
    trouble: [
      ...(isCut ? ['a host is unreachable; retrying'] : []),
      ...pending.flatMap(({ lastFailure }) => (lastFailure?.message ? [lastFailure.message] : [])),
    ],
  }
}
