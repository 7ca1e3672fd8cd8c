import { z } from 'zod'
import type { HostView } from '../../host/host.ts'
import { textFile } from '../../shell/shell-file.ts'
import { scratchOf } from './owner-label.ts'

/** Settings that scratch servers need beyond what they read from the data. */
export const serverOptions = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9_.]{0,62}$/, { error: 'must be the name of a setting, such as max_connections' }),
    z.union([z.string().regex(/^[^\r\n]{0,500}$/, { error: 'must be one line' }), z.number(), z.boolean()]),
  )
  .default({})
  .meta({
    title: 'settings',
    description:
      'Settings of the server that the data needs and does not show, such as { shared_preload_libraries: timescaledb }. ' +
      'Scratch servers start with them',
  })
type Options = z.infer<typeof serverOptions>

interface Scratch {
  readonly image: string
  readonly options: Options
}

/** The variables of postgres-scratch.sh. */
export function scratchPostgresOf({ image, options }: Scratch, host: HostView) {
  return {
    ...scratchOf(image, host),
    options: optionLines(options),
    serve: textFile('shared/postgres-serve.sh'),
  }
}

/** The variables of mariadb-scratch.sh. */
export function scratchMariadbOf({ image, options }: Scratch, host: HostView) {
  return { ...scratchOf(image, host), options: optionLines(options) }
}

/** The variables of redis-scratch.sh. */
export function scratchRedisOf({ image, options }: Scratch, host: HostView) {
  return { ...scratchOf(image, host), options: optionLines(options) }
}

/** A line `name=value` per setting. */
export function optionLines(options: Options): readonly string[] {
  return Object.entries(options).map(([name, value]) => `${name}=${value}`)
}
