import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { environment } from '../../fields/environment.ts'
import { containerName, imageName, networkName, projectName, volumeName } from '../../fields/names.ts'
import { url } from '../../fields/url.ts'
import type { HostView } from '../../host/host.ts'
import { command as commandOf, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, once, readFacts } from '../facts.ts'
import { truncate } from '../format.ts'
import { changeKind, type Values } from '../step-kind.ts'

const script = z
  .string()
  .max(60_000)
  .refine((text) => text.trim() !== '', { error: 'is empty' })
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' })
const reason = z.string().trim().min(1, { error: 'must say why' }).max(500)

/** Schemas of the names of effects, by sort. Scope, order and collisions compare these names. */
const names = {
  path: absolutePath,
  volume: volumeName,
  project: projectName,
  container: containerName,
  image: imageName,
  network: networkName,
  database: z.string().regex(/^[^\s\u0000-\u001f-][^\u0000-\u001f]*$/, {
    error: 'must be the name of a database, in one line',
  }),
  url,
} as const

const effect = z
  .strictObject({
    how: z.enum(['reads', 'creates', 'modifies', 'deletes']).meta({ description: 'The effect' }),
    what: z
      .enum(['path', 'volume', 'project', 'container', 'image', 'network', 'database', 'url'])
      .meta({ description: 'The sort of thing' }),
    name: z.string().min(1).meta({ description: 'Its name' }),
  })
  .superRefine(({ what, name }, context) => {
    for (const { message } of names[what].safeParse(name).error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['name'], message, input: name })
  })

const fields = {
  script: script.optional().meta({
    description:
      'Shell, run verbatim under sh -eu. Without it the step is a check: it runs only verify: and changes nothing',
  }),
  undo: script.optional().meta({ description: 'A script that undoes it. Alternative: cannotUndo' }),
  cannotUndo: reason.optional().meta({ description: 'Why it cannot be undone' }),
  verify: script.optional().meta({
    description:
      'A read-only script whose exit status 0 proves the change; its last line is the evidence. Alternative: noProof',
  }),
  noProof: reason.optional().meta({ description: 'Why it cannot be proven' }),
  unless: script.optional().meta({
    description: 'A read-only script: exit status 0 means that there is nothing to do, 1 that there is',
  }),
  environment: environment.optional(),
  idempotent: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether the script may run twice. Default: false' }),
  effects: z.array(effect).optional().meta({ description: 'Effects of the script: how, what, name' }),
}
type Step = Values<typeof fields>

const VERIFY_SECONDS = 7 * 86_400

/** Runs a script of the plan, or only its check. The only kind whose shell the plan's author writes. */
export const command = changeKind({
  kind: 'command',
  summary: 'A script of the plan has run, and its verify script succeeds. Without script: only verify: runs',
  fields,
  traits: { runsScript: true },
  oneOf: [
    ['undo', 'cannotUndo'],
    ['verify', 'noProof'],
  ],
  oneOfWith: 'script',
  timeoutMinutes: 60,
  usualSeconds: 5,

  validate(step) {
    if (step.script === undefined) return checkProblems(step)
    const { undo, cannotUndo, verify, noProof } = step
    return [
      ...((undo === undefined) === (cannotUndo === undefined)
        ? ['needs either undo: or cannotUndo:, and not both']
        : []),
      ...((verify === undefined) === (noProof === undefined)
        ? ['needs either verify: or noProof:, and not both']
        : []),
    ]
  },
  describe: ({ script, verify = '' }) =>
    script === undefined ? `check: ${firstLine(verify)}` : firstLine(script),
  effects: ({ effects = [] }) => effects,
  isCheck: ({ script }) => script === undefined,
  idempotent: ({ idempotent, script }) => idempotent || script === undefined,
  cannotUndo: ({ cannotUndo }) => cannotUndo,

  async inspect(step, host) {
    const script = scriptOf(step)
    if (
      step.unless !== undefined &&
      (await host.test(
        question(shellFile('command/unless.sh', { reinstate_script: step.unless }), variables(step)),
      ))
    ) {
      return { priorState: null, changes: [], because: 'the script in unless: succeeds' }
    }
    const more = script.trim().split('\n')
    return {
      priorState: null,
      changes: [`runs: ${firstLine(script)}`],
      ...(more.length > 1 && { notes: wholeScript(more) }),
    }
  },

  async apply(step, _priorState, host) {
    const script = shellFile('command/apply.sh', variablesOf(scriptOf(step), step, host))
    await host.run('script', commandOf(script, variables(step)))
  },

  async verify(step, host) {
    if (step.verify === undefined) return { summary: `not proven: ${step.noProof ?? ''}`, strength: 'stated' }
    const verify = question(shellFile('command/verify.sh', { reinstate_script: step.verify }), {
      ...variables(step),
      timeoutSeconds: VERIFY_SECONDS,
    })
    const { stdout } = await host.measure('verify', verify)
    const { code, last } = readFacts(stdout, { code: once, last: once })
    if (code !== '0') {
      throw new StepNotVerified(
        `the script in verify: exited with ${code}: ${last || 'no output'}; it ran: ${firstLine(step.verify)}`,
      )
    }
    return { summary: last || `${firstLine(step.verify)}: exit status 0`, strength: 'observed' }
  },

  undoes: ({ undo = '', effects = [] }) => {
    const creates = effects.filter(({ how }) => how === 'creates').map(({ name }) => name)
    const onlyIf = creates.length === 0 ? '' : `if this step made ${creates.join(', ')}, `
    return `${onlyIf}runs: ${firstLine(undo)}`
  },

  async undo(step, _priorState, host) {
    if (step.undo === undefined) {
      const begun = await host.test(
        question(shellFile('command/begun.sh', { reinstate_originals: host.originals })),
      )
      return begun
        ? [{ what: firstLine(scriptOf(step)), why: step.cannotUndo ?? 'the plan has no undo for it' }]
        : []
    }
    const script = shellFile('command/undo.sh', variablesOf(step.undo, step, host))
    const { stdout } = await host.run('undo', commandOf(script, variables(step)))
    const facts = { reinstateOther: many, reinstateMade: many }
    const { reinstateOther, reinstateMade } = readFacts(stdout, facts)
    return [
      ...reinstateOther.map((what) => ({
        what,
        why: 'the script did not make it, so the undo script, which may remove it, was not run',
      })),
      ...reinstateMade.map((what) => ({ what, why: 'the script made it; its undo was not run' })),
    ]
  },
})

/** The script of a step that is no check. */
function scriptOf({ script = '' }: Step): string {
  return script
}

/** The problems of a step without script:, which runs only verify:. */
function checkProblems({ verify, environment: _, ...others }: Step): readonly string[] {
  const given = Object.entries(others).filter(([, value]) => value !== undefined && value !== false)
  return [
    ...(verify === undefined ? ['needs script:, or verify: for a check'] : []),
    ...given.map(([name]) => `has no script:, so it cannot have ${name}:`),
  ]
}

/** Their prefix keeps them apart from the variables in the plan's environment. */
function variablesOf(script: string, { effects = [] }: Step, host: HostView) {
  const creates = effects.filter(({ how }) => how === 'creates').map(({ what, name }) => `${what} ${name}`)
  return { reinstate_originals: host.originals, reinstate_script: script, reinstate_creates: creates }
}

function variables({ environment }: Step) {
  return environment === undefined ? {} : { environment }
}

/** For the preview: the whole script, or its first 20 lines. */
function wholeScript(rows: readonly string[]): readonly string[] {
  return rows.length > 20 ? [...rows.slice(0, 20), `… and ${rows.length - 20} more lines`] : rows
}

/** The first line that is not blank, cut to 80 characters. */
function firstLine(text: string): string {
  return truncate(text.trim().split('\n')[0]?.trim() ?? '', 80)
}
