import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { faults } from '../testbed/strike.ts'
import { ends, wrongs } from './tally.ts'
import type { Result } from './tally.ts'

const resultSchema = z.object({
  seed: z.number(),
  number: z.number(),
  drawn: z.string(),
  seconds: z.number(),
  freshSeconds: z.number(),
  struck: z.array(z.object({ is: z.enum(faults), during: z.string(), onTheWayBack: z.boolean() })),
  end: z.enum(ends).exactOptional(),
  asked: z.array(z.string()),
  wrongs: z.array(z.object({ wrong: z.enum(wrongs), what: z.string() })),
})

/** The default file of results, in the user's state directory. */
export function usualFile(seed: number): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return join(state, 'reinstate', `chaos-${seed}.jsonl`)
}

/** The results of a seed by run; of a repeated run, the last one. Ignores incomplete lines. */
export function readResults(file: string, seed: number): ReadonlyMap<number, Result> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const results = lines.flatMap((line) => resultSchema.safeParse(parsed(line)).data ?? [])
  return new Map(results.filter((one) => one.seed === seed).map((result) => [result.number, result]))
}

export function keepResult(file: string, result: Result): void {
  mkdirSync(dirname(file), { recursive: true })
  // After an incomplete line of a killed process, starts a new one.
  const cutOff = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8'))
  appendFileSync(file, `${cutOff ? '\n' : ''}${JSON.stringify(result)}\n`)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
