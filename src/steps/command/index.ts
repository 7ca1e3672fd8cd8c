import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { environment } from '../../fields/environment.ts'
import { containerName, imageName, networkName, projectName, volumeName } from '../../fields/names.ts'
import { url } from '../../fields/url.ts'
import type { HostView } from '../../host/host.ts'
import { command as commandOf, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { once, readFacts } from '../facts.ts'
import { changeKind, type Values } from '../step-kind.ts'

const script = z
  .string()
  .max(60_000)
  .refine((text) => text.trim() !== '', { error: 'is empty' })
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' })
const reason = z.string().trim().min(1, { error: 'must say why' }).max(500)

/** What a name must be: scope, order and collisions are held by it. */
const named = {
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

const touch = z
  .strictObject({
    how: z.enum(['reads', 'makes', 'changes', 'removes']).meta({ description: 'What it does to it' }),
    what: z
      .enum(['path', 'volume', 'project', 'container', 'image', 'network', 'database', 'url'])
      .meta({ description: 'What sort of thing it is' }),
    name: z.string().min(1).meta({ description: 'What it is called' }),
  })
  .superRefine(({ what, name }, context) => {
    for (const { message } of named[what].safeParse(name).error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['name'], message, input: name })
  })

/** The words of plan files. */
const EFFECT = { reads: 'reads', makes: 'creates', changes: 'modifies', removes: 'deletes' } as const

const fields = {
  script: script.meta({ description: 'Run as it stands, under sh -eu' }),
  undo: script.optional().meta({ description: 'A script that undoes it; or else cannotUndo' }),
  cannotUndo: reason.optional().meta({ description: 'Why it cannot be undone' }),
  verify: script.optional().meta({ description: 'A question whose exit code 0 proves it; or else noProof' }),
  noProof: reason.optional().meta({ description: 'Why there is no proof of it' }),
  unless: script
    .optional()
    .meta({ description: 'A question: exit code 0 says that there is nothing to do, 1 that there is' }),
  environment: environment.optional(),
  idempotent: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether running it twice is running it once; no unless said' }),
  touches: z
    .array(touch)
    .optional()
    .meta({ description: 'What it reads, makes, changes or removes: how, what, name' }),
}
type Step = Values<typeof fields>

const VERIFY_SECONDS = 7 * 86_400

/** Runs a script that the plan holds: the only kind whose shell is written by people. */
export const command = changeKind({
  kind: 'command',
  summary: 'A script of the plan has run, and the question beside it says that it worked',
  fields,
  traits: { runsScript: true },
  oneOf: [
    ['undo', 'cannotUndo'],
    ['verify', 'noProof'],
  ],
  timeoutMinutes: 60,
  usualSeconds: 5,

  validate({ undo, cannotUndo, verify, noProof }) {
    return [
      ...((undo === undefined) === (cannotUndo === undefined)
        ? ['needs either undo: or cannotUndo:, and not both']
        : []),
      ...((verify === undefined) === (noProof === undefined)
        ? ['needs either verify: or noProof:, and not both']
        : []),
    ]
  },
  describe: ({ script }) => firstLine(script),
  effects: ({ touches = [] }) => touches.map(({ how, ...thing }) => ({ how: EFFECT[how], ...thing })),
  idempotent: ({ idempotent }) => idempotent,
  cannotUndo: ({ cannotUndo }) => cannotUndo,

  async inspect(step, host) {
    if (
      step.unless !== undefined &&
      (await host.test(
        question(shellFile('command/unless.sh', { reinstate_script: step.unless }), variables(step)),
      ))
    ) {
      return { priorState: null, changes: [], because: 'the question in unless: says that it is done' }
    }
    const more = step.script.trim().split('\n')
    return {
      priorState: null,
      changes: [`runs: ${firstLine(step.script)}`],
      ...(more.length > 1 && { notes: wholeScript(more) }),
    }
  },

  async apply(step, _seen, host) {
    const script = shellFile('command/apply.sh', variablesOf(step.script, host))
    await host.run('script', commandOf(script, variables(step)))
  },

  async verify(step, host) {
    if (step.verify === undefined) return { summary: `not proven: ${step.noProof ?? ''}`, strength: 'stated' }
    const asked = question(shellFile('command/verify.sh', { reinstate_script: step.verify }), {
      ...variables(step),
      timeoutSeconds: VERIFY_SECONDS,
    })
    const { code, said } = readFacts((await host.measure('verify', asked)).stdout, { code: once, said: once })
    if (code !== '0') {
      throw new StepNotVerified(
        `the question in verify: ended with ${code}: ${said || 'it printed nothing'}; asked: ${firstLine(step.verify)}`,
      )
    }
    return { summary: said || `${firstLine(step.verify)}: yes`, strength: 'observed' }
  },

  async undo(step, _seen, host) {
    if (step.undo === undefined) {
      const begun = await host.test(
        question(shellFile('command/begun.sh', { reinstate_keep: host.originals })),
      )
      return begun
        ? [{ what: firstLine(step.script), why: step.cannotUndo ?? 'the plan has no undo for it' }]
        : []
    }
    const script = shellFile('command/undo.sh', variablesOf(step.undo, host))
    await host.run('undo', commandOf(script, variables(step)))
    return []
  },
})

/** By names that no variable of the plan has: what it sets must reach its script as it is. */
function variablesOf(script: string, host: HostView) {
  return { reinstate_keep: host.originals, reinstate_script: script }
}

function variables({ environment }: Step) {
  return environment === undefined ? {} : { environment }
}

/** For people to read: all of it, unless it is long. */
function wholeScript(rows: readonly string[]): readonly string[] {
  return rows.length > 20 ? [...rows.slice(0, 20), `… and ${rows.length - 20} more lines`] : rows
}

/** The first line that says something, 80 characters at most. */
function firstLine(text: string): string {
  const line =
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
