// bus.js COMMAND: the message bus. Exit status 2 for wrong variables or arguments.
import { InvalidSettings, readSettings } from './config.ts'
import type { Settings } from './config.ts'
import { createLog } from './log.ts'
import { isAlive } from './service.ts'
import type { Service } from './service.ts'

const services: Readonly<Record<string, () => Promise<(service: Service) => Promise<void>>>> = {
  daemon: async () => (await import('./daemon.ts')).runDaemon,
  watcher: async () => (await import('./watcher.ts')).runWatcher,
  cleaner: async () => (await import('./cleaner.ts')).runCleaner,
  dashboard: async () => (await import('./dashboard.ts')).runDashboard,
  client: async () => (await import('./client-service.ts')).runClient,
}

const USAGE = `usage: node bus.js ${Object.keys(services).join('|')}|probe|health|help
Variables: the table in the README. The health check of a container: health.`

async function main([command = '', ...words]: readonly string[]): Promise<number> {
  if (command === 'health') return isAlive() ? 0 : 1
  if (command === 'probe') return (await import('./probe.ts')).runProbe(words, readSettings(process.env))
  const service = Object.hasOwn(services, command) ? services[command] : undefined
  if (service === undefined) {
    console.error(USAGE)
    return command === 'help' ? 0 : 2
  }
  const settings = readSettings(process.env)
  await run(await service(), command, settings)
  return 0
}

async function run(
  serve: (service: Service) => Promise<void>,
  command: string,
  settings: Settings,
): Promise<void> {
  const { version, release, logLevel } = settings
  const log = createLog(logLevel, { service: command, version, release })
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    log.info({ signal: name }, 'stopping')
    stop.abort()
  }
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal)
  await serve({ settings, log, signal: stop.signal })
  log.info('stopped')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof InvalidSettings)) throw error
  for (const problem of error.problems) console.error(problem)
  process.exitCode = 2
}
