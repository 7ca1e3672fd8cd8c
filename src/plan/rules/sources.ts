import type { FileView, RuleFinding, StepView } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'

/** A text of a step that a shell or a database reads: in one of its fields, or in a file embedded in it. */
export interface Source {
  readonly step: StepView
  readonly field?: string
  readonly file?: FileView
  readonly text: string
}

/** Found at these words of a source. */
export function foundIn(
  { step, field, file }: Source,
  text: string,
  message: string,
  hint?: string,
): RuleFinding {
  return {
    at: step,
    text,
    message,
    ...(field === undefined ? {} : { field }),
    ...(file === undefined ? {} : { file }),
    ...(hint === undefined ? {} : { hint }),
  }
}

/** What runs on a host, and the questions beside it: the fields of a command, and the shell scripts that are embedded. */
export function scriptsOf(
  step: StepView,
  fields = ['script', 'undo', 'verify', 'unless'],
): readonly Source[] {
  const own = !step.traits.runsScript ? [] : fields.flatMap((field) => textIn(step, field))
  const embedded = fields.includes('script') ? step.files.filter(({ name }) => /\.(ba)?sh$/.test(name)) : []
  return [...own, ...embedded.map((file) => ({ step, file, text: file.text }))]
}

/** Every simple command of every script, with where it stands. */
export function shellOf(
  steps: readonly StepView[],
  fields?: string[],
): readonly { readonly source: Source; readonly command: ShellCommand }[] {
  return steps.flatMap((step) =>
    scriptsOf(step, fields).flatMap((source) =>
      eachOnce(commandsIn(source.text)).map((command) => ({ source, command })),
    ),
  )
}

/** What is said of a command is said once, however often it stands there. */
function eachOnce(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  return [...new Map(commands.map((command) => [JSON.stringify(command), command])).values()]
}

/** Something of a Compose file embedded in a step. */
export interface ComposeService {
  readonly step: StepView
  readonly file: FileView
  readonly service: string
  readonly value: Readonly<Record<string, unknown>>
}

/** The services of the Compose files that are embedded, as far as they are plain YAML. */
export function servicesOf(steps: readonly StepView[]): readonly ComposeService[] {
  return steps.flatMap((step) =>
    step.files.flatMap((file) => {
      const services = mapIn(file.yaml?.value)['services']
      return Object.entries(mapIn(services)).map(([service, value]) => ({
        step,
        file,
        service,
        value: mapIn(value),
      }))
    }),
  )
}

/** A map, or an empty one where it is something else. */
export function mapIn(value: unknown): Readonly<Record<string, unknown>> {
  // Plain JSON, which has no other objects.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

/** The texts of a list or the values of a map; a text alone is a list of one. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).filter((item) => typeof item === 'string')
}

/** A text in one of its fields, if there is one. */
export function textIn(step: StepView, field: string): readonly Source[] {
  const value = step.values[field]
  return typeof value === 'string' ? [{ step, field, text: value }] : []
}
