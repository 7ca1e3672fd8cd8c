import { openHosts } from '../src/host/hosts.ts'
import { parseInventory } from '../src/host/inventory.ts'
import type { HeartbeatDetails } from '../src/host/host.ts'
import { ReinstateError } from '../src/errors.ts'
import { command } from '../src/shell/command.ts'
import { written } from '../src/shell/script.ts'

/** Messages to a worker of a soak, which is a separate process, so that it can be killed. */
export type Request =
  | { readonly is: 'place'; readonly entry: object; readonly root: string; readonly directory: string }
  | {
      readonly is: 'work'
      readonly attempt: number
      readonly step: string
      readonly script: string
      readonly resume?: HeartbeatDetails
    }

/** Messages from a worker to its parent. */
export type Report =
  | { readonly is: 'beat'; readonly attempt: number; readonly beat: HeartbeatDetails }
  | { readonly is: 'end'; readonly attempt: number; readonly outcome: Outcome }

/** The outcome of an attempt: an answer, or the name and data of an error. */
export interface Outcome {
  readonly name: string
  readonly code?: string
  readonly state?: string
  readonly stdout?: string
  readonly stderr?: string
  readonly tail?: string
  readonly message?: string
}

export const RUN_TOKEN = 'soak'
export const PHASE = 'soak'

function report(message: Report): void {
  // `disconnect` reports that the parent is gone.
  process.send?.(message, undefined, undefined, () => {})
}

let hosts: ReturnType<typeof openHosts> | undefined

async function run(request: Extract<Request, { is: 'work' }>): Promise<Outcome> {
  const { attempt, step, script, resume } = request
  if (hosts === undefined) throw new Error('work arrived before the place')
  const host = hosts.bind('server', {
    ...{ runToken: RUN_TOKEN, phase: PHASE, step, attempt: 1, secrets: [] },
    signal: new AbortController().signal,
    beat: (beat) => report({ is: 'beat', attempt, beat }),
    ...(resume === undefined ? {} : { resume }),
  })
  try {
    const { stdout, stderr } = await host.run('count', command(written(script)))
    return { name: 'done', code: '0', stdout, stderr }
  } catch (error) {
    if (!(error instanceof ReinstateError)) throw error
    const { exit, state, tail } = error.data
    return {
      ...{ name: error.name, message: error.message },
      ...(typeof exit === 'string' ? { code: exit } : {}),
      ...(typeof state === 'string' ? { state } : {}),
      ...(typeof tail === 'string' ? { tail } : {}),
    }
  }
}

process.on('message', (request: Request) => {
  if (request.is === 'place') {
    const { entry, root, directory } = request
    const inventory = parseInventory(JSON.stringify({ hosts: { server: entry } }), 'soak')
    const places = { knownHosts: `${directory}/known_hosts`, sshConfig: `${directory}/no-ssh-config` }
    hosts = openHosts({ inventory, root, patienceSeconds: 20, ...places })
  } else void run(request).then((outcome) => report({ is: 'end', attempt: request.attempt, outcome }))
})
// Ctrl-C reaches the whole process group; the parent waits for running commands.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
