import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { readConfig } from '../../config.ts'
import { PlanRefused } from '../../errors.ts'
import type { Problem } from '../../errors.ts'
import { readNotifyFile } from '../../notifications/channels.ts'
import { checkPlan } from '../../plan/load-plan.ts'
import type { Examination } from '../../plan/resolve/resolve.ts'
import { countOf } from '../../steps/format.ts'
import { kinds } from '../../steps/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { pageOf } from '../explanations/index.ts'
import { collected, readInputs } from '../read-inputs.ts'
import { problemLines } from '../rendering/problem-lines.ts'
import { note, print, printJson } from '../terminal.ts'

interface Options {
  readonly input?: readonly string[]
  readonly json?: boolean
  readonly strict?: boolean
}

export function define(command: Command): void {
  command
    .argument('<plan...>', 'names of plans, or paths to their folders or files')
    .option('--input <name=value>', 'an input of the plan; repeatable', collected)
    .option('--strict', 'warnings count as errors')
    .option('--json', 'prints a list of file, line, column, code, severity, message and hint')
    .addHelpText('after', '\nExample:\n  reinstate check guestbook-restore')
    .action(async (names: readonly string[], { input = [], json = false, strict = false }: Options) => {
      const { planFolders, secretsFolder, inventory, notify } = readConfig()
      const inputs = readInputs(input)
      const known = await hostsOf(inventory)
      const notified = channelsOf(notify)
      const checked = names.map((plan) =>
        checkPlan({
          plan,
          folders: planFolders,
          secretsFolder,
          inputs,
          kinds,
          ...(known.hosts ? { inventory: known.hosts } : {}),
          ...(notified.channels ? { channels: notified.channels } : {}),
        }),
      )
      const around = [...known.problems, ...notified.problems]
      const problems = [...around, ...checked.flatMap((one) => one.problems)].map(withHint)
      if (json) printJson(problems.map(asJson))
      else
        print([
          ...problemLines(around.map(withHint)),
          ...checked.flatMap(linesOf),
          ...problemsCounted(problems),
        ])
      const errors = problems.filter(({ severity }) => strict || severity !== 'warning')
      process.exitCode = errors.length > 0 ? exitCodes.badInput : exitCodes.done
    })
}

/** The host names of the inventory, if there is one: a plan can be checked on a machine without an inventory. */
async function hostsOf(
  file: string,
): Promise<{ readonly hosts?: readonly string[]; readonly problems: readonly Problem[] }> {
  if (!existsSync(file)) {
    if (process.env['REINSTATE_INVENTORY'] !== undefined)
      note(`no inventory at ${file}: the hosts of the plan were not checked`)
    return { problems: [] }
  }
  const { readInventory } = await import('../../host/inventory.ts')
  try {
    return { hosts: [...(await readInventory(file)).hosts.keys()], problems: [] }
  } catch (error) {
    if (error instanceof PlanRefused) return { problems: error.problems }
    throw error
  }
}

/** The channels of notify.yaml, if there is one: its secrets are on the worker only. */
function channelsOf(file: string): {
  readonly channels?: readonly string[]
  readonly problems: readonly Problem[]
} {
  if (!existsSync(file)) return { problems: [] }
  try {
    return { channels: [...readNotifyFile(file).channels.keys()], problems: [] }
  } catch (error) {
    if (error instanceof PlanRefused) return { problems: error.problems }
    throw error
  }
}

function linesOf({ plan, problems, allowed = [], leftOut = 0 }: Examination): readonly string[] {
  const lines = [
    ...problemLines(problems.map(withHint)),
    ...allowed.map(
      ({ file, line, column, code, message, because }) =>
        `${file}:${line}:${column} ${code} allowed: ${message}, because ${because}`,
    ),
  ]
  if (!plan || problems.some(({ severity }) => severity !== 'warning')) return lines
  const parts = [
    countOf(plan.phases.length, 'phase'),
    countOf(plan.phases.flatMap(({ steps }) => steps).length + leftOut, 'step'),
    countOf(plan.phases.filter(({ gate }) => gate !== undefined).length, 'gate'),
  ]
  return [
    ...lines,
    `${plan.plan}: ${plan.title}`,
    `  valid: ${parts.join(', ')}, on ${plan.hosts.join(', ')}`,
    ...(leftOut === 0
      ? []
      : [`  ${countOf(leftOut, 'step')} checked in part: values of inputs are missing (--input name=value)`]),
  ]
}

function problemsCounted(problems: readonly Problem[]): readonly string[] {
  if (problems.length === 0) return []
  const warnings = problems.filter(({ severity }) => severity === 'warning').length
  // The note that there are more is not itself a problem of the plan.
  const more = problems.filter(({ code }) => code === 'more-problems').length
  const errors = countOf(problems.length - warnings - more, 'error')
  const parts = [more > 0 ? `more than ${errors}` : errors, countOf(warnings, 'warning')]
  return [`${parts.join(', ')}; reinstate explain CODE explains each`]
}

/** Every object has the same keys in the same order. */
function asJson({ file, line, column, code, severity, message, hint }: Problem) {
  return { file, line, column, code, severity: severity ?? 'error', message, hint: hint ?? null }
}

/** A problem with its own hint, or with the fix from its page. */
export function withHint(problem: Problem): Problem {
  const { hint = pageOf(problem.code)?.fix } = problem
  return hint === undefined ? problem : { ...problem, hint }
}
