import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageOf } from '../../../src/cli/explanations/index.ts'
import { packageFolder } from '../../../src/config.ts'
import { underlined } from '../../../src/cli/rendering/problem-lines.ts'
import { PlanRefused, type Problem } from '../../../src/errors.ts'
import { parseInventory } from '../../../src/host/inventory.ts'
import { listPlans } from '../../../src/plan/files/plan-folder.ts'
import { openPlan, type PlanFolder } from '../../../src/plan/files/plan-folder.ts'
import { examine } from '../../../src/plan/resolve/resolve.ts'
import { kinds } from '../../../src/steps/index.ts'
import { mutated, randomFrom, randomYaml } from './mutate.ts'

/** A defect that an input revealed. */
export interface Finding {
  readonly seed: number
  readonly what: string
  readonly plan: string
}

export interface Fuzzed {
  readonly inputs: number
  readonly slowestMs: number
  readonly findings: readonly Finding[]
}

// CPU time limit of one input.
const MOST_MS = 10_000
const ENOUGH_FINDINGS = 5

/**
 * Mutates the shipped plans, the test plans and an inventory, and asserts for every input: nothing is thrown, every problem
 * is inside its file, can be underlined there and has a page, and check ends. Input n has the seed `seed + n`, so it can be repeated.
 */
export function fuzz({ seconds, seed }: { readonly seconds: number; readonly seed: number }): Fuzzed {
  const sources = corpus()
  const texts = sources.map(({ bytes }) => new TextDecoder().decode(bytes))
  const until = Date.now() + seconds * 1000
  const findings: Finding[] = []
  let inputs = 0
  let slowestMs = 0
  while (Date.now() < until && findings.length < ENOUGH_FINDINGS) {
    const own = seed + inputs
    const random = randomFrom(own)
    const source = random.pick(sources)
    const text =
      random.below(8) === 0
        ? randomYaml(random)
        : mutated(new TextDecoder().decode(source.bytes), random, texts)
    const folder = mutatedFolder(source, text, (file) =>
      random.below(4) === 0 ? mutated(file, random, texts) : file,
    )
    const before = process.cpuUsage()
    const wrong = wrongWith(folder)
    const used = process.cpuUsage(before)
    const ms = (used.user + used.system) / 1000
    slowestMs = Math.max(slowestMs, ms)
    if (ms > MOST_MS)
      findings.push({ seed: own, what: `took ${Math.round(ms)} ms of the processor`, plan: text })
    if (wrong !== undefined) findings.push({ seed: own, what: wrong, plan: text })
    const inventory = mutated(INVENTORY, random, texts)
    const amiss = wrongWithInventory(inventory)
    if (amiss !== undefined) findings.push({ seed: own, what: amiss, plan: inventory })
    inputs += 1
  }
  return { inputs, slowestMs: Math.round(slowestMs), findings }
}

interface MutatedFolder extends PlanFolder {
  /** Returns the text of a file that was read. */
  textOf(shown: string): string | undefined
}

function mutatedFolder(source: PlanFolder, text: string, change: (file: string) => string): MutatedFolder {
  const texts = new Map([[source.file, text]])
  return {
    ...source,
    bytes: new TextEncoder().encode(text),
    read(name) {
      const read = source.read(name)
      if ('problem' in read) return read
      const known = texts.get(source.shown(name)) ?? change(new TextDecoder().decode(read.bytes))
      texts.set(source.shown(name), known)
      return { bytes: new TextEncoder().encode(known) }
    },
    textOf: (shown) => texts.get(shown),
  }
}

function wrongWith(folder: MutatedFolder): string | undefined {
  try {
    const { plan, problems, allowed = [] } = examine(folder, { inputs: {}, runId: 'fuzz', kinds })
    JSON.stringify(plan)
    const wrong = [...problems, ...allowed].map((problem) => wrongProblem(problem, folder)).find(Boolean)
    return wrong ?? (plan === undefined && problems.length === 0 ? 'neither a plan nor a problem' : undefined)
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}

const INVENTORY = `hosts:
  server: { address: 10.0.0.7, port: 22, user: root, key: keys/id, jump: gate }
  gate: { address: gate.example.org, become: true }
  here: { local: true }
`

function wrongWithInventory(text: string): string | undefined {
  try {
    parseInventory(text, 'inventory.yaml')
    return undefined
  } catch (error) {
    if (!(error instanceof PlanRefused)) return `an inventory threw ${String(error)}`
    const textOf = (): string => text
    return error.problems.map((problem) => wrongProblem(problem, { textOf })).find(Boolean)
  }
}

function wrongProblem(problem: Problem, folder: Pick<MutatedFolder, 'textOf'>): string | undefined {
  const { file, line, column, code, message } = problem
  const lines = folder
    .textOf(file)
    ?.replace(/^\ufeff/, '')
    .split('\n')
  if (!lines) return `names the file ${file}, which it did not read: ${JSON.stringify(problem)}`
  const length = lines[line - 1]?.length
  if (length === undefined || column < 1 || column > length + 1)
    return `points outside of its file: ${JSON.stringify(problem)}`
  if (/[\n\r\0]/.test(message) || message === '')
    return `has no message of one line: ${JSON.stringify(problem)}`
  const [, carets = '| ^'] = underlined(lines[line - 1], problem)
  if (!/^ *\| *\^+$/.test(carets)) return `is underlined wrongly: ${carets}`
  return pageOf(code) ? undefined : `has a code without a page: ${code}`
}

function corpus(): readonly PlanFolder[] {
  const rules = packageFolder('test', 'plan', 'rules')
  const files = readdirSync(rules).filter((file) => /^R\d+\.(wrong|right)\.yaml$/.test(file))
  const examples = packageFolder('docs', 'kinds')
  const steps = readdirSync(examples).map((file) => readFileSync(join(examples, file), 'utf8'))
  const shipped = listPlans([packageFolder('plans')]).map((plan) => openPlan(plan))
  const [some] = shipped
  const whole = `plan: all\ntitle: All kinds\nhosts: [one]\nsecrets: { file: a.env, require: [SHOP_PASSWORD, N8N_ENCRYPTION_KEY] }\nphases:\n  - phase: one\n    steps:\n${steps
    .map((step) => `      - ${step.trimEnd().replaceAll('\n', '\n        ')}`)
    .join('\n')}\n`
  return [
    ...shipped,
    ...(some ? [{ ...some, bytes: new TextEncoder().encode(whole) }] : []),
    ...files.map((file) => openPlan({ name: file, file: join(rules, file) })),
  ]
}
