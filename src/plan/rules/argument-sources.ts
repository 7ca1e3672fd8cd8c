import type { ShellCommand } from './shell-commands.ts'

/** A piece of a script whose output becomes words of a command. */
export interface ArgumentSource {
  readonly text: string
  /** Found by following a variable or a pipe through the script by its text: enough for a warning, not for a refusal. */
  readonly traced: boolean
}

/** The pieces of a script that give a command its words: $(…), what a variable was set to, what is piped into xargs. */
export function argumentSources(command: ShellCommand, script: string): readonly ArgumentSource[] {
  const words = command.words.join(' ')
  const own = [...words.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map(
    ([, inside, quoted]) => inside ?? quoted ?? '',
  )
  const variables = [...words.matchAll(/\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name = '']) =>
    setTo(name, script),
  )
  const traced = [...variables, ...(command.byXargs ? pipedInto(command.text, script) : [])]
  return [...own.map((text) => ({ text, traced: false })), ...traced.map((text) => ({ text, traced: true }))]
}

/** The severity of what a rule found in these sources; undefined where it found nothing. */
export function severityOf(
  sources: readonly ArgumentSource[],
  isWrong: (text: string) => boolean,
): 'error' | 'warning' | undefined {
  const wrong = sources.filter(({ text }) => isWrong(text))
  if (wrong.length === 0) return undefined
  return wrong.every(({ traced }) => traced) ? 'warning' : 'error'
}

/** What a variable gets: by `x=$(…)`, `for x in …` or `… | while read x`. */
function setTo(name: string, script: string): readonly string[] {
  const ways = [
    new RegExp(`(?:^|[\\s;&(])${name}="?\\$\\(([^()]*)\\)`, 'g'),
    new RegExp(`(?:^|[\\s;&(])${name}="?\`([^\`]*)\``, 'g'),
    new RegExp(`\\bfor\\s+${name}\\s+in\\s+"?(?:\\$\\(|\`)([^()\`]*)`, 'g'),
    new RegExp(`([^\\n;]*)\\|\\s*while\\b[^;\\n]*\\bread\\b[^;\\n]*\\b${name}\\b`, 'g'),
  ]
  return ways.flatMap((way) => [...script.matchAll(way)].map(([, text = '']) => text))
}

/** What stands before a command in its pipeline. */
function pipedInto(text: string, script: string): readonly string[] {
  const before = script.slice(0, Math.max(0, script.indexOf(text)))
  return [before.split(/\n|;|&&|\|\|/).at(-1) ?? '']
}
