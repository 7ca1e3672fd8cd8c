import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFolder } from '../../src/config.ts'
import { startTestHost, type TestHost } from '../../testbed/test-host.ts'
import { ownTemporal } from './typing.ts'

/** What a command printed, and how it ended. */
export interface Typed {
  readonly code: number | undefined
  readonly stdout: string
  /** Both streams. */
  readonly output: string
}

/** A part of a question, and what to type. */
export type Answer = readonly [question: string, typed: string]

/** A test host, and a directory with a home of its own, in which the built CLI is run as people run it. */
export interface ServerDesk {
  readonly testHost: TestHost
  readonly folder: string
  /** Runs `reinstate` with these words, without a terminal. */
  readonly type: (line: string) => Promise<Typed>
  /** Runs `reinstate` at a terminal, and types each answer once the terminal shows its question. */
  readonly answer: (line: string, ...answers: readonly Answer[]) => Promise<Typed>
  readonly close: () => Promise<void>
}

interface Options {
  /** Part of the container's name. */
  readonly name: string
  /** Whether the inventory names the test host `server`, with its key pinned; else there is none. Default: true */
  readonly inInventory?: boolean
}

export async function openServerDesk({ name, inInventory = true }: Options): Promise<ServerDesk> {
  const folder = await mkdtemp(join(tmpdir(), `reinstate-${name}-`))
  const testHost = await startTestHost({ name })
  const { sshPort, privateKeyPath, hostKey } = testHost
  const server = { address: '127.0.0.1', port: sshPort, user: 'root', key: privateKeyPath, hostKey }
  if (inInventory) await writeFile(join(folder, 'inventory.yaml'), JSON.stringify({ hosts: { server } }))
  const env = await ownTemporal(folder)
  const program = packageFolder('bin', 'reinstate')
  const type: ServerDesk['type'] = async (line) => {
    const { exitCode, stdout, stderr } = await execa(program, line.split(/ +/), {
      ...{ cwd: folder, env, stdin: 'ignore', reject: false },
    })
    return { code: exitCode, stdout, output: `${stdout}\n${stderr}` }
  }
  return {
    testHost,
    folder,
    type,
    answer: async (line, ...answers) => {
      const command = `${program} ${line}`
      const terminal = execa(
        'script',
        ['--quiet', '--return', '--flush', '--command', command, '/dev/null'],
        {
          ...{ cwd: folder, env, reject: false, all: true, timeout: 240_000 },
        },
      )
      let [seen, given] = ['', 0]
      for await (const chunk of terminal.iterable({ binary: true })) {
        seen += Buffer.from(chunk).toString()
        const [question = '', typed = ''] = answers[given] ?? []
        if (question === '' || !seen.includes(question)) continue
        terminal.stdin.write(`${typed}\n`)
        given++
        seen = ''
      }
      const { exitCode, stdout } = await terminal
      const left = answers.slice(given).map(([question]) => `not asked: ${question}`)
      return { code: exitCode, stdout, output: [stdout, ...left].join('\n') }
    },
    close: async () => {
      await type('dev --stop')
      await testHost.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
