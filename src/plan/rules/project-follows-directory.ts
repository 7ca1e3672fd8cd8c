import { composeCall } from './docker-words.ts'
import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

const ACTS =
  /^(up|down|stop|start|restart|rm|kill|create|run|exec|pause|unpause|scale|cp|ps|logs|top|port|attach|wait|events|stats|watch)$/

export const projectFollowsDirectory: Rule = {
  id: 'R010',
  name: 'project-follows-directory',
  severity: 'error',
  title: 'docker compose is called without a project name, so that the name follows the directory',
  why: 'Renaming the directory renames the project: up then starts it on other volumes, old ones or new empty ones. The containers are green and the data is wrong.',
  fix: 'Use compose-up, or write -p NAME.',
  example: {
    wrong: `script: docker compose -f /srv/shop/compose.yaml up -d`,
    right: `script: docker compose -p shop -f /srv/shop/compose.yaml up -d`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const call = composeCall(command)
      if (!call || !ACTS.test(call.verb)) return []
      const named =
        call.project !== undefined ||
        /\bCOMPOSE_PROJECT_NAME=/.test(source.text) ||
        'COMPOSE_PROJECT_NAME' in Object(source.step.values['environment'] ?? {})
      if (named) return []
      const { name, text } = command
      return foundIn(
        source,
        text,
        `${name === 'docker' ? 'docker compose' : name} is told no project, and takes the name of the directory`,
        'write -p NAME',
      )
    }),
}
