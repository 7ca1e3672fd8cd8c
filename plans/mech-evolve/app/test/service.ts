import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const program = (name: string) => new URL(`../src/${name}.js`, import.meta.url).pathname

export interface Service {
  readonly url: string
  readonly process: ChildProcess
  /** Sends SIGTERM and waits. Returns the exit status and the log lines. */
  readonly stop: () => Promise<{ readonly exitCode: number | null; readonly log: readonly LogLine[] }>
}
export type LogLine = Readonly<Record<string, unknown>>

/** Starts the service as the image does, on a free port; resolves when it listens. */
export async function startService(environment: Readonly<Record<string, string>>): Promise<Service> {
  const port = await freePort()
  const child = spawn(process.execPath, [program('server')], {
    env: { PATH: process.env['PATH'], PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const log = text(child.stdout)
  const url = `http://127.0.0.1:${port}`
  while (
    !(await fetch(`${url}/version`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}: ${await log}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url,
    process: child,
    stop: async () => {
      child.kill('SIGTERM')
      const [exitCode] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      const lines = (await log).trimEnd().split('\n')
      return { exitCode, log: lines.map((line) => JSON.parse(line) as LogLine) }
    },
  }
}

/** Runs a program of the image. Returns its exit status and output. */
export async function run(
  name: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [program(name), ...words], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { exitCode, output: output + errors }
}

/** Returns a port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
