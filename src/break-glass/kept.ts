import { ReinstateError } from '../errors.ts'
import type { AllHosts } from '../host/hosts.ts'
import type { Binding, Host } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import type { RunNote } from '../workflows/messages.ts'

/** Something that a run put aside on a host. An image's size includes layers that it shares with others. */
export interface Kept {
  readonly host: string
  /** `volume`: the run's rollback left it, and no container uses it. `directory`: a quarantine, or what an undo set aside. */
  readonly what: 'receipts' | 'originals' | 'image' | 'volume' | 'directory'
  readonly name: string
  readonly bytes: number
}

/** What one host keeps of a run. */
export interface KeptOnHost {
  readonly kept: readonly Kept[]
  /** When a receipt last changed; undefined without receipts. */
  readonly lastChange?: Date
  /** Whether a clean of the run has begun here: from then on the host refuses its commands. */
  readonly begun: boolean
}

export interface UnreadHost {
  readonly host: string
  readonly why: string
}

/** What the hosts of a run keep, by host. Changes nothing. Hosts that cannot be read are named. */
export async function keptBy(
  hosts: Pick<AllHosts, 'bind' | 'names'>,
  { ref, plan }: Pick<RunNote, 'ref' | 'plan'>,
): Promise<{ readonly read: ReadonlyMap<string, KeptOnHost>; readonly unread: readonly UnreadHost[] }> {
  const read = new Map<string, KeptOnHost>()
  const unread: UnreadHost[] = []
  const readOne = async (host: string) => {
    try {
      if (hosts.names.includes(host)) read.set(host, await keptOn(hosts, host, ref.token))
      else unread.push({ host, why: 'the inventory does not name it' })
    } catch (error) {
      if (!(error instanceof ReinstateError)) throw error
      unread.push({ host, why: error.message })
    }
  }
  await Promise.all(plan.hosts.map(readOne))
  return { read, unread }
}

async function keptOn(hosts: Pick<AllHosts, 'bind'>, host: string, runToken: string): Promise<KeptOnHost> {
  const bound = cleaningHost(hosts, host, runToken)
  const asked = question(shellFile('../break-glass/kept.sh', { keep: bound.originals }), {
    timeoutSeconds: 600,
  })
  const facts = readFacts(await bound.ask(asked), {
    ...{ cleaned: maybe, changed: maybe, receipts: maybe, originals: maybe },
    ...{ image: many, volume: many, directory: many },
  })
  const kept = (['receipts', 'originals', 'image', 'volume', 'directory'] as const).flatMap((what) =>
    [facts[what] ?? []].flat().map((text): Kept => {
      const [, bytes = '', name = ''] = /^(\d+) ?(.*)$/.exec(text) ?? []
      return { host, what, name, bytes: Number(bytes) }
    }),
  )
  return {
    ...{ kept, begun: facts.cleaned === 'yes' },
    ...(facts.changed === undefined ? {} : { lastChange: new Date(Number(facts.changed) * 1000) }),
  }
}

/**
 * The host for the commands of a clean. No plan can contain the phase `run.cleaned`. The receipt of its command `begin`
 * stays, and says that the run was cleaned (remote-run.sh).
 */
export function cleaningHost(hosts: Pick<AllHosts, 'bind'>, host: string, runToken: string): Host {
  return hosts.bind(host, bindingOf(runToken))
}

function bindingOf(runToken: string): Binding {
  return {
    ...{ runToken, phase: 'run.cleaned', step: 'clean', attempt: 1, secrets: [] },
    ...{ signal: new AbortController().signal, beat: () => {} },
  }
}
