import { composeCall, dockerVerb, removedImages } from './docker-commands.ts'
import type { Rule } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import { foundIn, shellOf } from './sources.ts'
import { argumentsOf } from './arguments.ts'

const STOPS = /^(stop|kill|rm|restart|pause|down)$/
/** Filters that select containers; a filter by status does not. */
const PICKS = /^["']?(label|name|network|volume|ancestor|id|publish|expose)=/

export const unscopedStop: Rule = {
  id: 'R012',
  name: 'unscoped-stop',
  severity: 'error',
  title: 'A command stops or removes every container of the host',
  why: 'docker ps lists the containers of everybody who uses the host: they are stopped too, and with an empty list the command fails. Where the list comes from a variable or a pipe, this is a warning.',
  fix: 'Use containers-stop or compose-down with a project, or filter the list by the label of the project.',
  example: {
    wrong: `script: docker stop $(docker ps -aq)`,
    right: `script: docker ps -q --filter label=com.docker.compose.project=shop | xargs -r docker stop`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const { name, words, text } = command
      if (stopsEngine(name, words))
        return foundIn(source, text, `${name} stops every container of the host`, 'name a project')
      const call = composeCall(command)
      const { verb } = call ?? dockerVerb(command)
      const severity = STOPS.test(verb)
        ? severityOf(argumentSources(command, source.text), listsEverything)
        : undefined
      if (severity === undefined) return []
      const what = call ? 'project' : 'container'
      const message = `docker ${verb} is given every ${what} of the host`
      return { ...foundIn(source, text, message, 'name a project'), severity }
    }),
}

function stopsEngine(name: string, words: readonly string[]): boolean {
  const [first = '', second = ''] = words.filter((word) => !word.startsWith('-'))
  const engine = /^(docker|containerd)(\.service|\.socket)?$/
  return name === 'systemctl'
    ? /^(stop|restart|kill)$/.test(first) && engine.test(second)
    : name === 'service' && engine.test(first) && /^(stop|restart)$/.test(second)
}

/** Whether a list holds every container or project, without a filter. */
function listsEverything(list: string): boolean {
  const commands = commandsIn(list)
  const picked = commands.some(({ name, text }) =>
    name === 'awk'
      ? /\/[^/]+\/|==|~/.test(text)
      : /^(e|f)?grep$/.test(name) && !/\s-\w*v|--invert/.test(text),
  )
  return (
    !picked &&
    commands.some((command) => {
      const isOfProjects = composeCall(command)?.verb === 'ls'
      const { verb, words } = dockerVerb(command)
      const lists = isOfProjects || /^(ps|ls|list)$/.test(verb)
      return lists && !filtersIn(isOfProjects ? command.words : words).some((value) => PICKS.test(value))
    })
  )
}

/** Returns the values of --filter. */
function filtersIn(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const [, attached] = /^(?:--filter=|-f)(.+)$/s.exec(word) ?? []
    if (attached !== undefined) return [attached]
    return word === '--filter' || /^-\w*f$/.test(word) ? [words[index + 1] ?? ''] : []
  })
}

export const unscopedPrune: Rule = {
  id: 'R013',
  name: 'unscoped-prune',
  severity: 'error',
  title: 'A command prunes everything that is currently unused',
  why: 'A stopped old stack is unused too: prune deletes the images that a rollback needs, and those of other projects. Where a list comes from a variable or a pipe, this is a warning.',
  fix: 'Use prune: it takes only named projects, and keeps their images under another name.',
  example: {
    wrong: `script: docker system prune -af`,
    right: `kind: prune
images: { projects: [shop] }`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const { name, words, text } = command
      if (name !== 'docker') return []
      const severity = removedImages(command)
        ? severityOf(argumentSources(command, source.text), listsEveryImage)
        : undefined
      if (severity !== undefined) {
        const message = 'docker removes every image of the host'
        return { ...foundIn(source, text, message, 'use the kind prune'), severity }
      }
      // The age of an object does not show whose it is.
      const isScoped = filtersIn(words).some((value) => /^["']?label=/.test(value))
      if (!words.includes('prune') || isScoped || words[0] === 'builder' || words[0] === 'buildx') return []
      return foundIn(
        source,
        text,
        `docker ${words[0]} prune deletes everything unused, no matter who owns it`,
        'use the kind prune',
      )
    }),
}

function listsEveryImage(list: string): boolean {
  return commandsIn(list).some(({ name, words }) => {
    const after =
      words[0] === 'images' ? 1 : words[0] === 'image' && /^(ls|list)$/.test(words[1] ?? '') ? 2 : 0
    if (name !== 'docker' || after === 0) return false
    const { plain } = argumentsOf(words.slice(after), /^(--filter|--format|-\w*f)$/)
    const isScoped = filtersIn(words).some((value) => /^["']?(label|reference)=/.test(value))
    return plain.length === 0 && !isScoped
  })
}

/** A piece of a script whose output becomes arguments of a command. */
interface ArgumentSource {
  readonly text: string
  /** Found by tracing a variable or a pipe in the text: enough for a warning, not for an error. */
  readonly traced: boolean
}

/** Returns what gives a command its arguments: $(…), the assignment of a variable, a pipe into xargs. */
function argumentSources(command: ShellCommand, script: string): readonly ArgumentSource[] {
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

/** Returns the severity of a violation in these sources; undefined if there is none. */
function severityOf(
  sources: readonly ArgumentSource[],
  isWrong: (text: string) => boolean,
): 'error' | 'warning' | undefined {
  const wrong = sources.filter(({ text }) => isWrong(text))
  if (wrong.length === 0) return undefined
  return wrong.every(({ traced }) => traced) ? 'warning' : 'error'
}

/** Returns what sets a variable: `x=$(…)`, `for x in …` or `… | while read x`. */
function setTo(name: string, script: string): readonly string[] {
  const ways = [
    new RegExp(`(?:^|[\\s;&(])${name}="?\\$\\(([^()]*)\\)`, 'g'),
    new RegExp(`(?:^|[\\s;&(])${name}="?\`([^\`]*)\``, 'g'),
    new RegExp(`\\bfor\\s+${name}\\s+in\\s+"?(?:\\$\\(|\`)([^()\`]*)`, 'g'),
    new RegExp(`([^\\n;]*)\\|\\s*while\\b[^;\\n]*\\bread\\b[^;\\n]*\\b${name}\\b`, 'g'),
  ]
  return ways.flatMap((way) => [...script.matchAll(way)].map(([, text = '']) => text))
}

/** Returns what precedes a command in its pipeline. */
function pipedInto(text: string, script: string): readonly string[] {
  const before = script.slice(0, Math.max(0, script.indexOf(text)))
  return [before.split(/\n|;|&&|\|\|/).at(-1) ?? '']
}
