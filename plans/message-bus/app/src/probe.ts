import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createClient } from './client.ts'
import type { BusClient } from './client.ts'
import { sizesOf } from './config.ts'
import type { Settings } from './config.ts'
import { createLog, reasonOf } from './log.ts'
import { account } from './probes/account.ts'
import { anonymous } from './probes/anonymous.ts'
import { crowd } from './probes/crowd.ts'
import { expiry } from './probes/expiry.ts'
import { matrix } from './probes/matrix.ts'
import { outage, recovery } from './probes/outage.ts'
import { oversize } from './probes/oversize.ts'
import type { Probe, Probing, Verdict } from './probes/probe.ts'
import { watcher } from './probes/watcher.ts'
import { openStore } from './store.ts'

const probes: Readonly<Record<string, Probe>> = {
  account,
  anonymous,
  crowd,
  expiry,
  matrix,
  outage,
  oversize,
  recovery,
  watcher,
}

export const PROBE_USAGE = `usage: node bus.js probe ${Object.keys(probes).join('|')} [--messages N] [--sizes 1k,1m] [--senders N] [--within SECONDS]
       node bus.js probe said NAME`

const verdict = z.object({ passed: z.boolean(), line: z.string() })

/** Runs a probe, or repeats what one said. The last line of stdout is its verdict. Returns the exit status: 0, 1, or 2 for wrong arguments. */
export async function runProbe(words: readonly string[], settings: Settings): Promise<number> {
  const folder = join(settings.folder, 'probe')
  const keep = (name: string, value: unknown) => {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, name)
    writeFileSync(`${file}.new`, JSON.stringify(value))
    renameSync(`${file}.new`, file)
  }
  const kept = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

  const asked = argumentsOf(words)
  if (asked === undefined) {
    console.error(PROBE_USAGE)
    return 2
  }
  const { name, probe, options } = asked
  if (options === undefined) {
    const file = `${name}.said`
    return tell(
      existsSync(join(folder, file))
        ? verdict.parse(kept(file))
        : { passed: false, line: `probe ${name} has not run` },
    )
  }
  const log = createLog(settings.logLevel, { service: 'probe', probe: name })
  const store = openStore(settings, log, 'bus-probe')
  const clients: BusClient[] = []
  const connect: Probing['connect'] = (onDelivery) => {
    const client = createClient({ settings, store, log, ...(onDelivery && { onDelivery }) })
    clients.push(client)
    return client
  }
  const said = await probe({ settings, store, log, options, connect, keep, kept }).catch(
    (error: unknown): Verdict => ({
      passed: false,
      line: `probe ${name} could not finish: ${reasonOf(error)}`,
    }),
  )
  keep(`${name}.said`, said)
  for (const client of clients) client.close()
  await store.close()
  return tell(said)
}

function tell({ passed, line }: Verdict): number {
  console.log(line)
  return passed ? 0 : 1
}

interface Asked {
  readonly name: string
  readonly probe: Probe
  /** None to repeat what the probe said. */
  readonly options?: Probing['options']
}

function argumentsOf(words: readonly string[]): Asked | undefined {
  const string = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { messages: string, sizes: string, senders: string, within: string },
      allowPositionals: true,
    })
    const [name = '', more = ''] = positionals
    const isRepeated = name === 'said'
    const wanted = isRepeated ? more : name
    const probe = Object.hasOwn(probes, wanted) ? probes[wanted] : undefined
    if (probe === undefined || positionals.length !== (isRepeated ? 2 : 1)) return undefined
    if (isRepeated) return { name: wanted, probe }
    const { messages, sizes, senders, within } = optionValues.parse(values)
    return {
      name,
      probe,
      options: { ...(messages && { messages }), ...(sizes && { sizes }), senders, withinSeconds: within },
    }
  } catch {
    return undefined
  }
}

const whole = z.coerce.number().int().min(1)
const optionValues = z.object({
  messages: whole.optional(),
  sizes: z
    .string()
    .regex(/^\d+[km](,\d+[km])*$/)
    .transform(sizesOf)
    .optional(),
  senders: whole.default(20),
  within: whole.default(30),
})
