import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../src/config.ts'
import { median } from './finding.ts'
import type { Finding } from './finding.ts'
import { interleaved } from './timed.ts'

const ROUNDS = 5
const AT_ONCE = 4
const run = promisify(execFile)
/** The inputs without a default. */
const INPUTS = [
  'blueprint=blueprint',
  'credentials=/srv/vividwalls/credentials.env',
  'cleanup=/root/old',
].flatMap((input) => ['--input', input])

/** The CPU time of the CLI, compared with an empty Node program. */
export async function measureStartUp(): Promise<readonly Finding[]> {
  const program = packageFolder('bin', 'reinstate')
  const plan = packageFolder('plans', 'vividwalls-restore', 'plan.yaml')
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-'))
  const inventory = join(folder, 'inventory.yaml')
  await writeFile(
    inventory,
    'hosts:\n  local: { local: true }\n  server: { address: 127.0.0.1, user: root }\n',
  )
  const measure = (words: readonly string[]) => () => cpuMilliseconds(words, inventory)
  const figures = await interleaved(ROUNDS, {
    node: measure(['-e', '0']),
    version: measure([program, '--version']),
    check: measure([program, 'check', plan, ...INPUTS]),
  }).finally(() => rm(folder, { recursive: true }))
  const peer = { name: 'node -e 0', value: median(figures.node), unit: 'ms' } as const
  const row = (what: string, numbers: readonly number[], atMost: number): Finding => ({
    part: 'start-up',
    what,
    ours: { value: median(numbers), unit: 'ms' },
    peer,
    goal: { atMost },
  })
  return [
    row('reinstate --version, processor time', figures.version, 1.2),
    row('reinstate check of the VividWalls plan', figures.check, 2.5),
  ]
}

/** Per process, with its threads and children, as a shell measures several of them. */
async function cpuMilliseconds(words: readonly string[], inventory: string): Promise<number> {
  const script = `n=0; while [ $n -lt ${AT_ONCE} ]; do "$@" >/dev/null || exit; n=$((n + 1)); done; times`
  const { stdout } = await run('sh', ['-c', script, 'sh', process.execPath, ...words], {
    env: { ...process.env, REINSTATE_INVENTORY: inventory },
  })
  const [, ofChildren = ''] = stdout.trim().split('\n')
  const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  )
  return (seconds.reduce((sum, one) => sum + one, 0) * 1000) / AT_ONCE
}
