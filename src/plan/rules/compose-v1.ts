import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const composeV1: Rule = {
  id: 'R011',
  name: 'compose-v1',
  severity: 'warning',
  title: 'docker-compose, the first version, is called',
  why: 'Hosts are served with the plugin, docker compose; the old program is missing there, or names containers otherwise and starts them a second time.',
  fix: 'Write docker compose, or use compose-up.',
  example: { wrong: `script: docker-compose -p shop stop`, right: `script: docker compose -p shop stop` },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, text } }) =>
      name === 'docker-compose'
        ? foundIn(source, text, 'docker-compose is the first version, which hosts lack')
        : [],
    ),
}
