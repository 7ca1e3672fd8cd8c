import { openHosts } from '../src/host/hosts.ts'
import { parseInventory } from '../src/host/inventory.ts'
import type { HeartbeatDetails } from '../src/host/host.ts'
import { ReinstateError } from '../src/errors.ts'
import { command } from '../src/shell/command.ts'
import { written } from '../src/shell/script.ts'

/** A worker of a soak: a process of its own, so that it can be killed. It is told what to do by its parent. */
export type Told =
  | { readonly is: 'place'; readonly entry: object; readonly root: string; readonly directory: string }
  | {
      readonly is: 'work'
      readonly attempt: number
      readonly step: string
      readonly script: string
      readonly resume?: HeartbeatDetails
    }

/** What it tells its parent. */
export type Tells =
  | { readonly is: 'beat'; readonly attempt: number; readonly beat: HeartbeatDetails }
  | { readonly is: 'end'; readonly attempt: number; readonly outcome: Outcome }

/** How an attempt ended: with an answer, or with the name and the fields of an error. */
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

function tell(tells: Tells): void {
  // A parent that is gone says so by `disconnect`.
  process.send?.(tells, undefined, undefined, () => {})
}

let hosts: ReturnType<typeof openHosts> | undefined

async function carryOut(told: Extract<Told, { is: 'work' }>): Promise<Outcome> {
  const { attempt, step, script, resume } = told
  if (hosts === undefined) throw new Error('told to work before it was told where')
  const host = hosts.bind('server', {
    ...{ runToken: RUN_TOKEN, phase: PHASE, step, attempt: 1, secrets: [] },
    signal: new AbortController().signal,
    beat: (beat) => tell({ is: 'beat', attempt, beat }),
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

process.on('message', (told: Told) => {
  if (told.is === 'place') {
    const { entry, root, directory } = told
    const inventory = parseInventory(JSON.stringify({ hosts: { server: entry } }), 'soak')
    const places = { knownHosts: `${directory}/known_hosts`, sshConfig: `${directory}/no-ssh-config` }
    hosts = openHosts({ inventory, root, patienceSeconds: 20, ...places })
  } else void carryOut(told).then((outcome) => tell({ is: 'end', attempt: told.attempt, outcome }))
})
// Ctrl-C reaches all of the terminal's processes; the parent lets what is under way come to its end.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
