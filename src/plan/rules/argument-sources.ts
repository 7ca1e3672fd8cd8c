import type { ShellCommand } from './shell-commands.ts'

/** The pieces of a script that give a command its words: $(…), what a variable was set to, what is piped into xargs. */
export function feedsOf(command: ShellCommand, script: string): readonly string[] {
  const words = command.words.join(' ')
  const substitutions = [...words.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map(
    ([, inside, quoted]) => inside ?? quoted ?? '',
  )
  const variables = [...words.matchAll(/\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name = '']) =>
    setTo(name, script),
  )
  return [...substitutions, ...variables, ...(command.byXargs ? pipedInto(command.text, script) : [])]
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
