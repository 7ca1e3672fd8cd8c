import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const unscopedStop: Rule = {
  id: 'R012',
  name: 'unscoped-stop',
  severity: 'error',
  title: 'A command stops or removes every container of the host',
  why: 'docker ps lists the containers of all who share the host: a neighbour is stopped with them, and on an empty list the command fails.',
  mend: 'Use containers-stop or compose-down with a project, or filter the list by the label of the project.',
  example: {
    wrong: `script: docker stop $(docker ps -aq)`,
    right: `script: docker ps -q --filter label=com.docker.compose.project=shop | xargs -r docker stop`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, words, text } }) => {
      const verb = words[0] === 'container' ? words[1] : words[0]
      if (name !== 'docker' || !/^(stop|kill|rm|restart|pause)$/.test(verb ?? '')) return []
      const inside = words.find((word) => /^"?(\$\(|`)\s*docker (ps|container (ls|list))/.test(word))
      const piped = everyContainer(source.text) && /\|\s*xargs[^|]*docker/.test(source.text)
      if (
        !(inside !== undefined && everyContainer(inside)) &&
        !(piped && inside === undefined && words.length < 4)
      )
        return []
      return foundIn(source, text, `docker ${verb} is given every container of the host`, 'name a project')
    }),
}

/** Lists containers and picks none of them. */
function everyContainer(text: string): boolean {
  const lists = text.match(/docker (?:ps|container (?:ls|list))[^|)`]*/g) ?? []
  return lists.some((list) => !/(--filter|-f)[= ]/.test(list)) && !/\|\s*(grep|awk)/.test(text)
}
