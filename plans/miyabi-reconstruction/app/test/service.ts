import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createApp } from '../src/app.ts'
import { openDatabase } from '../src/database.ts'
import { readSettings } from '../src/settings.ts'
import type { Settings } from '../src/settings.ts'

export const JWT_SECRET = 'a secret of a test, long enough'.padEnd(40, '.')

/** The service on a free port, in this process. */
export interface TestService {
  readonly url: string
  readonly settings: Settings
  /** Lines of the log. */
  readonly log: readonly string[]
  readonly close: () => Promise<void>
}

export async function startService(
  databaseUrl: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const settings = readSettings({ DATABASE_URL: databaseUrl, JWT_SECRET, ...variables })
  const log: string[] = []
  const database = openDatabase(settings.databaseUrl, (level, message) => log.push(`${level} ${message}`))
  const server = createServer(
    createApp({
      settings,
      database,
      log: (level, message, facts) => log.push(`${level} ${message} ${JSON.stringify(facts)}`),
      isStopping: () => false,
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settings,
    log,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await database.close()
    },
  }
}

/** Runs a script of the program; `stop` it, or wait for its `end`. */
export function runScript(
  script: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
) {
  const path = new URL(`../src/${script}.js`, import.meta.url).pathname
  const child = spawn(process.execPath, [path, ...words], {
    // With what the coverage of this test is collected by.
    env: { ...pick('PATH', 'NODE_V8_COVERAGE'), JWT_SECRET, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[exitCode], output, errors]) => ({ exitCode: exitCode as number | null, output: output + errors }),
  )
  return { child, end }
}

const pick = (...names: string[]) =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
