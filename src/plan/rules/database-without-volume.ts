import type { Rule } from './rule.ts'
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
  why: 'Its image makes an anonymous volume: a restart keeps the data, down and up loses it, and nobody notices until then.',
  fix: 'Give the data directory a named volume.',
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
        message: `the data of ${service} is in no named volume, and down and up would lose it`,
        hint: `mount a volume at ${data}`,
      }
    }),
}
