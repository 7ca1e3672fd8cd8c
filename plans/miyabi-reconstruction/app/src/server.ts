import { createServer } from 'node:http'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import { createLog } from './log.ts'
import { InvalidSettings, readSettings } from './settings.ts'
import type { Settings } from './settings.ts'

/** How long requests may take to end after SIGTERM. Shorter than the ten seconds after which Docker kills. */
const DRAIN_MS = 8000

function serve(settings: Settings): void {
  const { version, release, port } = settings
  const log = createLog({ version, release })
  const database = openDatabase(settings.databaseUrl, log)
  let stopping = false
  const server = createServer(createApp({ settings, database, log, isStopping: () => stopping }))
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log('info', 'stopping', { signal })
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(deadline)
      void database.close().finally(() => log('info', 'stopped'))
    })
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
  server.once('error', (error) => {
    log('error', 'cannot listen', { port, reason: error.message })
    process.exitCode = 1
    void database.close()
  })
  server.listen(port, () => log('info', 'listening', { port }))
}

try {
  serve(readSettings(process.env))
} catch (error) {
  if (!(error instanceof InvalidSettings)) throw error
  for (const problem of error.problems) createLog({})('error', 'invalid setting', { problem })
  process.exitCode = 1
}
