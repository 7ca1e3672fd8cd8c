import type { Rule } from './rule.ts'
import { servicesOf, textsIn } from './sources.ts'

export const databasePortOpen: Rule = {
  id: 'R040',
  name: 'database-port-open',
  severity: 'warning',
  title: 'A Compose file publishes the port of a database to the world',
  why: 'Docker opens it past the firewall of the host; a database is found there within hours.',
  fix: 'Leave ports out, since services of a project reach each other, or bind it to 127.0.0.1.',
  example: { wrong: `ports: ["5432:5432"]`, right: `ports: ["127.0.0.1:5432:5432"]` },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      const port = textsIn(value['ports']).find((one) =>
        /^(0\.0\.0\.0:)?(\d+:)?(5432|3306|27017|6379|9200)(\/tcp)?$/.test(one),
      )
      if (port === undefined) return []
      return {
        at: step,
        file,
        text: port,
        message: `${service} publishes ${port} on every address of the host`,
        hint: `write 127.0.0.1:${port}, or leave it out`,
      }
    }),
}
