import { hasRunId, sameThing } from './resources.ts'
import type { PlanView, Rule, StepView } from './rule.ts'
import { mapIn, servicesOf, textsIn } from './sources.ts'

const DATABASES: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)(postgres|postgis|timescaledb)(:|$)/, '/var/lib/postgresql'],
  [/(^|\/)mongo(:|$)/, '/data/db'],
  [/(^|\/)(mysql|mariadb)(:|$)/, '/var/lib/mysql'],
]

export const databaseWithoutVolume: Rule = {
  id: 'R039',
  name: 'database-without-volume',
  severity: 'error',
  title: 'A database in a Compose file has no named volume for its data',
  why: 'The image creates an anonymous volume: a restart keeps the data, but down and up loses it without a message.',
  fix: 'Mount a named volume at the data directory.',
  example: {
    wrong: `image: mongo:7`,
    right: `image: mongo:7
volumes: [mongo_data:/data/db]`,
  },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      const [, data] = DATABASES.find(([image]) => image.test(String(value['image'] ?? ''))) ?? []
      if (data === undefined) return []
      const mounted = Object.values(Object(value['volumes'] ?? [])).some((volume: unknown) =>
        typeof volume === 'string'
          ? volume.includes(`:${data}`)
          : String(mapIn(volume)['target'] ?? '').startsWith(data) && mapIn(volume)['source'] !== undefined,
      )
      const tmpfs = textsIn(value['tmpfs']).some((path) => path.startsWith(data))
      if (mounted || tmpfs) return []
      return {
        at: step,
        file,
        text: `image: ${String(value['image'])}`,
        message: `the data of ${service} is in no named volume: docker compose down and up would lose it`,
        hint: `mount a volume at ${data}`,
      }
    }),
}

export const databasePortOpen: Rule = {
  id: 'R040',
  name: 'database-port-open',
  severity: 'warning',
  title: 'A Compose file publishes a database port on every address',
  why: 'Docker opens the port past the firewall of the host; an open database is found within hours.',
  fix: 'Remove ports (the services of a project reach each other without), or bind to 127.0.0.1.',
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
        hint: `write 127.0.0.1:${port}, or remove it`,
      }
    }),
}

export const localhostInContainer: Rule = {
  id: 'R041',
  name: 'localhost-in-container',
  severity: 'error',
  title: 'A service connects to its database on localhost',
  why: 'In a container, localhost is the container itself; the database runs in another one.',
  fix: 'Use the service name of the database: mongodb://mongo:27017.',
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
        message: `${service} connects to its own container: localhost is not the host there`,
        hint: 'use the service name of the database',
      }
    }),
}

export const healthCheckWithoutTool: Rule = {
  id: 'R042',
  name: 'health-check-without-tool',
  severity: 'warning',
  title: 'A health check calls curl in an image that probably lacks it',
  why: 'Slim and alpine images have no curl: the container stays unhealthy, and what waits for it never starts.',
  fix: 'Use wget in alpine, or the program itself: node -e, python -c, pg_isready.',
  example: {
    wrong: `healthcheck: { test: [CMD, curl, -f, "http://127.0.0.1:3000/health"] }`,
    right: `healthcheck: { test: [CMD, wget, -qO-, "http://127.0.0.1:3000/health"] }`,
  },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      const image = String(value['image'] ?? '')
      const test = textsIn(mapIn(value['healthcheck'])['test'])
      if (!isSmall(image) || !test.some((word) => /\bcurl\b/.test(word))) return []
      return {
        at: step,
        file,
        text: 'curl',
        message: `${service} is checked with curl, which ${image} probably lacks`,
        hint: 'use wget, or the program itself',
      }
    }),
}

/** Whether an image is minimal, by its name or tag: alpine, slim or distroless. */
function isSmall(image: string): boolean {
  const [name = '', tag = ''] = image.replace(/@.*$/, '').split(/:(?=[^/]*$)/)
  const folders = name.split('/')
  return (
    folders.at(-1) === 'alpine' ||
    folders.includes('distroless') ||
    tag.split(/[^a-z]+/i).some((word) => word === 'alpine' || word === 'slim')
  )
}

export const fixedContainerName: Rule = {
  id: 'R043',
  name: 'fixed-container-name',
  severity: 'warning',
  title: 'A Compose file sets the name of a container',
  why: 'The new stack cannot run beside the old one: the name is taken.',
  fix: 'Remove container_name; services reach each other by service name.',
  example: { wrong: `container_name: shop-web`, right: `hostname: shop-web` },
  find: (plan) =>
    servicesOf(plan.steps).flatMap(({ step, file, service, value }) => {
      const name = value['container_name']
      if (typeof name !== 'string' || name.includes('$') || hasRunId(name, plan)) return []
      if (isRemoved(name, step, plan)) return []
      return {
        at: step,
        file,
        text: `container_name: ${name}`,
        message: `${service} cannot run beside the existing stack: both would name their container ${name}`,
        hint: 'remove container_name',
      }
    }),
}

/** Whether a step removes the container of that name before a stack starts, so that the name is free. */
function isRemoved(name: string, written: StepView, plan: PlanView): boolean {
  const { host } = written
  const inTime = (step: StepView): boolean =>
    plan.before(step, written) ||
    plan.steps.some((start) => start.traits.startsStack && start.host === host && plan.before(step, start))
  return plan.steps.some(
    (step) =>
      step.effects.some(
        (effect) =>
          effect.how === 'deletes' && sameThing(effect, { host, what: 'container', name, how: 'deletes' }),
      ) && inTime(step),
  )
}
