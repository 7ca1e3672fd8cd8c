import type { FileView, RuleFinding, StepView } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'

/** A text that a shell or a database reads: a field of a step, or a file embedded in it. */
export interface Source {
  readonly step: StepView
  readonly field?: string
  readonly file?: FileView
  readonly text: string
}

/** Creates a violation at this text of a source. */
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

/** Returns a step's scripts: the fields of a command, and embedded shell scripts. */
export function scriptsOf(
  step: StepView,
  fields = ['script', 'undo', 'verify', 'unless'],
): readonly Source[] {
  const own = !step.traits.runsScript ? [] : fields.flatMap((field) => textIn(step, field))
  const embedded = fields.includes('script') ? step.files.filter(({ name }) => /\.(ba)?sh$/.test(name)) : []
  return [...own, ...embedded.map((file) => ({ step, file, text: file.text }))]
}

/** Returns every simple command of every script, with its source. */
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

/** Drops duplicates, so that a repeated command is reported once. */
function eachOnce(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  return [...new Map(commands.map((command) => [JSON.stringify(command), command])).values()]
}

/** A service of an embedded Compose file. */
export interface ComposeService {
  readonly step: StepView
  readonly file: FileView
  readonly service: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Returns the services of the embedded Compose files that are plain YAML. */
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

/** Returns a map, or an empty one for any other value. */
export function mapIn(value: unknown): Readonly<Record<string, unknown>> {
  // Plain JSON, which has no other objects.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

/** Returns the texts of a list or a map; a single text is a list of one. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).filter((item) => typeof item === 'string')
}

/** Returns a text field of a step as a source, if there is one. */
export function textIn(step: StepView, field: string): readonly Source[] {
  const value = step.values[field]
  return typeof value === 'string' ? [{ step, field, text: value }] : []
}
