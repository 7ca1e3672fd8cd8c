import { readFileSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holderOf } from '../../src/embedded/ports.ts'
import { startEmbedded } from '../../src/embedded/start-embedded.ts'
import type { Embedded } from '../../src/embedded/start-embedded.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

let folder: string
let home: string
let server: Embedded
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-closed-'))
  home = join(folder, 'home')
  // As a home that another program made with the usual umask.
  await mkdir(home, { mode: 0o755 })
  server = await startEmbedded({ home, temporalBinary: await temporalProgram() })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** All ports on which the server listens; Temporal chooses that of its HTTP API itself. */
async function portsOfServer(): Promise<readonly number[]> {
  const { pid } = JSON.parse(await readFile(join(home, 'temporal.json'), 'utf8')) as { readonly pid: number }
  const listening = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
    .flatMap((line) => {
      const [, port = ''] = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /.exec(line) ?? []
      return port === '' ? [] : [Number.parseInt(port, 16)]
    })
  return [...new Set(listening)].filter((port) => holderOf(port)?.session === pid)
}

/** The request that a browser sends for a page of another site without asking the server first. */
function postFromWebPage(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, method: 'POST', timeout: 3000 },
        path: '/api/v1/namespaces/default/workflows/from-a-page',
        headers: { 'Content-Type': 'text/plain', Origin: 'http://evil.example' },
      },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
    sent.on('error', () => resolve(undefined))
    sent.on('timeout', () => sent.destroy())
    sent.end(JSON.stringify({ workflowType: { name: 'runPlan' }, taskQueue: { name: 'any' } }))
  })
}

describe('the embedded server', () => {
  it('starts no workflow for a web page › H9', async () => {
    const ports = await portsOfServer()
    expect(ports.length).toBeGreaterThan(2)
    const answers = await Promise.all(ports.map(postFromWebPage))
    expect(answers).toContain(403)
    expect(answers.filter((status) => status !== undefined && status < 400)).toEqual([])
  })

  it('keeps other users out of its home, database and log › M11', () => {
    expect(modeOf(home)).toBe('700')
    for (const file of ['temporal.db', 'temporal.log', 'temporal.json'])
      expect(modeOf(join(home, file)), file).toBe('600')
  })
})
