import { z } from 'zod'
import { projectName, serviceName } from '../../fields/names.ts'
import { textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe } from '../facts.ts'
import { countOf } from '../format.ts'
import type { Effect } from '../step-kind.ts'

/** The field for the server that serves now. It is only read. */
export const liveServer = z.strictObject({ project: projectName, service: serviceName }).optional().meta({
  title: 'service',
  description:
    'The server that serves now, as project: and service:. The evidence says how many rows it has that the backup lacks, by their number. A server that cannot be asked fails nothing',
})
type LiveServer = z.infer<typeof liveServer>

/** What live-rows.sh prints. */
export const liveFacts = {
  liveRows: amount.optional(),
  liveLacks: many,
  liveLacking: amount.default(0),
  liveUncounted: amount.default(0),
  noLive: maybe,
}
export interface LiveRows {
  readonly liveRows?: number | undefined
  /** `NUMBER|TABLE`, the largest number first. */
  readonly liveLacks: readonly string[]
  readonly liveLacking: number
  readonly liveUncounted: number
  readonly noLive?: string | undefined
}

export function liveEffects(live: LiveServer): readonly (Effect & { readonly how: 'reads' })[] {
  return live ? [{ how: 'reads', what: 'project', name: live.project }] : []
}

const READERS = {
  postgres: { inside: 'shared/postgres-live-inside.sh', sql: 'shared/postgres-live-rows.sql' },
  mariadb: { inside: 'shared/mariadb-live-inside.sh', sql: 'shared/mariadb-live-rows.sql' },
}

/** The variables of live-rows.sh. */
export function liveVariables(live: LiveServer, server: keyof typeof READERS) {
  return {
    ...{ live_project: live?.project ?? '', live_service: live?.service ?? '' },
    live_inside: textFile(READERS[server].inside),
    live_sql: textFile(READERS[server].sql),
    lacks: textFile('shared/live-rows.awk'),
  }
}

/** The fact for `--json`, where the rows were counted. */
export function liveFact({ liveRows }: LiveRows): { readonly liveRows?: number } {
  return liveRows === undefined ? {} : { liveRows }
}

/** Says how many rows the live server has that the backup lacks, in one line; none where the step names no live server. */
export function lackedRows(live: LiveServer, rows: LiveRows): readonly string[] {
  if (!live) return []
  const { liveRows, liveLacks, liveLacking, liveUncounted, noLive } = rows
  const called = `the live service ${live.service} of project ${live.project}`
  if (liveRows === undefined)
    return [`the rows of ${called} are not counted: ${noLive ?? 'no reason was printed'}`]
  const lacks = liveLacks.map((line) => {
    const [number, table] = line.split(/\|(.*)/s)
    return `${countOf(Number(number), 'row')} of ${table}`
  })
  const more =
    liveLacking > lacks.length ? [`rows of ${countOf(liveLacking - lacks.length, 'more table')}`] : []
  const uncounted = liveUncounted === 0 ? '' : `; ${countOf(liveUncounted, 'table')} of it not counted`
  return [
    `${called} has ${countOf(liveRows, 'row')}` +
      (lacks.length === 0 ? '' : `, and the backup lacks ${[...lacks, ...more].join(', ')}`) +
      uncounted,
  ]
}
