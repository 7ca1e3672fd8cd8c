import type { Rule } from './rule.ts'
import { servicesOf, textsIn } from './sources.ts'

export const localhostInContainer: Rule = {
  id: 'R041',
  name: 'localhost-in-container',
  severity: 'error',
  title: 'A service looks for its database on localhost',
  why: 'Within a container localhost is the container itself: the database is in another one.',
  fix: 'Name the service of the database: mongodb://mongo:27017.',
  example: {
    wrong: `MONGODB_URI: mongodb://localhost:27017/shop`,
    right: `MONGODB_URI: mongodb://mongo:27017/shop`,
  },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      if (value['network_mode'] === 'host') return []
      const address = textsIn(value['environment']).find((text) =>
        /\b(mongodb(\+srv)?|postgres(ql)?|mysql|redis|amqp):\/\/([^@/\s]*@)?(localhost|127\.0\.0\.1)\b/.test(
          text,
        ),
      )
      if (address === undefined) return []
      return {
        at: step,
        file,
        text: address,
        message: `${service} looks for it in its own container: localhost is not the host there`,
        hint: 'name the service of the database',
      }
    }),
}
