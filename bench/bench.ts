import { cpus, release, totalmem } from 'node:os'
import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { ratioOf, verdictOn } from './finding.ts'
import type { Finding } from './finding.ts'
import { parts } from './parts.ts'
import type { Part } from './parts.ts'
import { pressureFromOthers } from './pressure.ts'
import { tableOf } from './table.ts'

/** Measures this product and its alternatives in one run, and reports which goals are met. */
async function main(): Promise<void> {
  const program = new Command('npm run bench --')
    .description(
      'Measures reinstate beside its peers. Exit status 0: every goal was met; 1: a goal was missed; 2: invalid arguments.',
    )
    .argument('[parts...]', `which: ${parts.map(({ name }) => name).join(', ')}. Default: all`, chosen, [])
    .option('--json', 'the findings as JSON on stdout')
    .option('--out <file>', 'also writes the table there')
    .parse()
  const { json = false, out } = program.opts<{ json?: boolean; out?: string }>()
  const wanted = program.processedArgs[0] as readonly Part[] // what `chosen` gave
  const tell = (line: string) => void process.stderr.write(`${line}\n`)

  const judged: { finding: Finding; pressure: number }[] = []
  for (const part of wanted.length > 0 ? wanted : parts) {
    const before = await pressureFromOthers()
    tell(
      `${part.name}: ${part.about} (others wait for a processor ${(before * 100).toFixed(0)} % of the time)`,
    )
    const started = performance.now()
    const findings = await part.measure(tell).catch((error: unknown) => {
      // The other parts are still measured.
      tell(`${part.name} could not be measured: ${error instanceof Error ? error.stack : String(error)}`)
      process.exitCode = 1
      return []
    })
    tell(`  ${part.name} took ${((performance.now() - started) / 1000).toFixed(0)} s`)
    const pressure = Math.max(before, await pressureFromOthers())
    judged.push(...findings.map((finding) => ({ finding, pressure })))
    if (out !== undefined) await writeFile(out, told(judged))
  }

  const table = told(judged)
  process.stdout.write(json ? `${JSON.stringify(forScripts(judged), null, 2)}\n` : `\n${table}`)
  if (judged.some(({ finding, pressure }) => verdictOn(finding, pressure) === 'missed')) process.exitCode = 1
}

function told(judged: Parameters<typeof tableOf>[0]): string {
  return `${machine()}\n\n${tableOf(judged)}`
}

function chosen(name: string, before: readonly Part[]): readonly Part[] {
  const part = parts.find((one) => one.name === name)
  if (part === undefined) throw new InvalidArgumentError(`There is no part ${name}.`)
  return [...before, part]
}

function machine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 1e9)
  return `${cpus().length} × ${first?.model ?? 'processor'}, ${memory} GB, Linux ${release()}, Node ${process.version}`
}

function forScripts(judged: readonly { readonly finding: Finding; readonly pressure: number }[]): object {
  return {
    machine: machine(),
    findings: judged.map(({ finding, pressure }) => ({
      ...finding,
      ratio: ratioOf(finding),
      pressure,
      verdict: verdictOn(finding, pressure),
    })),
  }
}

await main()
