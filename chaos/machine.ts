import { openStage } from '../testbed/run-stage.ts'
import type { Stage } from '../testbed/run-stage.ts'
import { randomFrom } from '../testbed/random.ts'
import { vividwallsInputs } from '../testbed/vividwalls-inputs.ts'
import { envFileText } from '../testbed/vividwalls-secrets.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import type { Wanted } from './search-everywhere.ts'

/** A fresh test host with the broken VividWalls, a Temporal and a worker, for one run. */
export interface Machine {
  readonly stage: Stage
  readonly facts: VividwallsFacts
  readonly inputs: Readonly<Record<string, string>>
  readonly wanted: Wanted
  /** The time to set it up. */
  readonly freshSeconds: number
}

/** The id of the run on every machine, so that names derived from it are equal. */
export const RUN = 'chaos'

const CANARY = 'SMTP_PASSWORD'

/** @throws TestbedFailed, after removing what was set up */
export async function freshMachine(seed: number): Promise<Machine> {
  const since = Date.now()
  const stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS, quiet: true })
  try {
    const laid = await layVividwalls(stage.testHost)
    const secrets = { ...laid.secrets, [CANARY]: canaryOf(seed) }
    const facts = { ...laid, secrets, masterEnv: envFileText(secrets) }
    return {
      ...{ stage, facts, inputs: await vividwallsInputs(stage.folder, facts) },
      wanted: { secrets, canary: CANARY },
      freshSeconds: Math.round((Date.now() - since) / 1000),
    }
  } catch (error) {
    await stage.close()
    throw error
  }
}

/** The same for all runs of a seed, which must end byte for byte alike. Contains every character that quoting can break on. */
function canaryOf(seed: number): string {
  const random = randomFrom(seed * 7_919 + 13)
  const own = () => Math.floor(random() * 2 ** 32).toString(36)
  return `c4n${own()}/Value+with=odd"chars'$and spaces\\#;%41\`&${own()}${own()}`
}
