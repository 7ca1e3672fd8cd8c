import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { listAgents } from './agents.ts'
import { agentsKey, createApp } from './app.ts'
import type { Parts } from './app.ts'
import { openCache } from './cache.ts'
import { Absent } from './database.ts'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { runJobs } from './jobs.ts'
import { createLog, reasonOf } from './log.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { readSettings } from './settings.ts'
import type { Settings } from './settings.ts'
import { readWorkflows } from './workflows.ts'

/** How long requests may take to end after SIGTERM. Shorter than the ten seconds after which Docker kills. */
const DRAIN_MS = 8000
/** The health check of the image looks how old this file is: a Node.js of its own would cost more than the service. */
const ALIVE = '/tmp/agents-alive'
const ALIVE_MS = 2000

function serve(settings: Settings, log: Log): void {
  const { serves, port, tickSeconds } = settings
  const workflows = readWorkflows(settings.workflows, serves)
  const metrics = createMetrics()
  const database = openDatabase(settings.databaseUrl, log)
  const cache = openCache(settings.redisUrl, log, metrics)
  let stopping = false
  let generation = 'start'
  const parts: Parts = {
    ...{ settings, database, cache, metrics, log, workflows },
    ...{ generation: () => generation, isStopping: () => stopping },
  }
  const server = createServer(createApp(parts))

  let ticks = 0
  const tick = async () => {
    if (serves === 'v2') {
      await runJobs(database, log, ticks++)
      const found = await generationOf(database)
      if (found !== generation) {
        generation = found
        // A new key: what was cached before is never read again, and the list is there before the first visitor.
        await cache.get(agentsKey(parts), () => listAgents(database, serves))
      }
    }
  }
  let timer: NodeJS.Timeout
  const tickAgain = () => {
    timer = setTimeout(() => {
      tick()
        .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'a tick failed'))
        .finally(() => stopping || tickAgain())
    }, tickSeconds * 1000)
  }
  tickAgain()
  const alive = setInterval(() => {
    database.query('select 1').then(
      () => server.listening && writeFileSync(ALIVE, ''),
      (error: unknown) => log.warn({ reason: reasonOf(error) }, 'not healthy'),
    )
  }, ALIVE_MS)

  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    clearTimeout(timer)
    clearInterval(alive)
    log.info({ signal }, 'stopping')
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(deadline)
      cache.close()
      void database.close().finally(() => log.info('stopped'))
    })
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
  server.once('error', (error) => {
    log.error({ port, reason: error.message }, 'cannot listen')
    process.exit(1)
  })
  server.listen(port, () => log.info({ port, workflows: workflows.version }, 'listening'))
}

/** Of the agents that act and of the rollout: another one after each change of either. */
async function generationOf(database: Database): Promise<string> {
  try {
    const [row] = await database.query<{ sum: string }>(
      `select md5(concat(
        (select string_agg(concat_ws(' ', id, personas, capabilities, superseded_by), ',' order by id) from agents.agent),
        (select string_agg(concat(batch, ' ', percent), ',' order by batch) from agents.rollout))) as sum`,
    )
    return row?.sum ?? ''
  } catch (error) {
    if (error instanceof Absent) return 'before'
    throw error
  }
}

const variables = process.env
const log = createLog({ version: variables['VERSION'] ?? '', release: variables['RELEASE'] ?? '' })
try {
  serve(readSettings(variables), log)
} catch (error) {
  log.error({ reason: reasonOf(error) }, 'cannot start')
  process.exitCode = 1
}
