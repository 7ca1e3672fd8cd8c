import { composeCall, dockerVerb } from './docker-words.ts'
import { argumentSources, severityOf } from './argument-sources.ts'
import type { Rule } from './rule.ts'
import { commandsIn } from './shell-commands.ts'
import { foundIn, shellOf } from './sources.ts'

const STOPS = /^(stop|kill|rm|restart|pause|down)$/
/** What picks some containers of a list; to be running does not. */
const PICKS = /^["']?(label|name|network|volume|ancestor|id|publish|expose)=/

export const unscopedStop: Rule = {
  id: 'R012',
  name: 'unscoped-stop',
  severity: 'error',
  title: 'A command stops or removes every container of the host',
  why: 'docker ps lists the containers of all who share the host: a neighbour is stopped with them, and on an empty list the command fails. Where the list comes through a variable or a pipe, this is a warning.',
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

/** Lists containers or projects, and picks none of them. */
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

/** The values of --filter. */
export function filtersIn(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const [, attached] = /^(?:--filter=|-f)(.+)$/s.exec(word) ?? []
    if (attached !== undefined) return [attached]
    return word === '--filter' || /^-\w*f$/.test(word) ? [words[index + 1] ?? ''] : []
  })
}
