import type { Random } from '../testbed/random.ts'
import { join } from 'node:path'
import type { Script } from '../src/shell/script.ts'
import { sh } from '../src/shell/script.ts'

/** One command of a soak, and its expected results. */
export interface Work {
  readonly number: number
  readonly script: Script
  /** A file: the command appends `x` when it starts and `e` when it ends. */
  readonly counter: string
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Makes a command with known output. Most end at once, some take longer. */
export function makeWork(number: number, random: Random, directory: string): Work {
  const counter = join(directory, `count-${number}`)
  const count = random() < 0.5 ? Math.floor(random() * 3) : Math.floor(random() * 40)
  const pause = random() < 0.7 ? '0' : '0.03'
  const code = random() < 0.8 ? 0 : 1 + Math.floor(random() * 120)
  const pad = 'ä'.repeat(Math.floor(random() * 60))
  const lines = Array.from({ length: count }, (_, line) => `${number}:${line + 1}:${pad}\n`)
  const script = sh`printf x >>${counter}
i=0
while [ $i -lt ${count} ]; do
  i=$((i + 1)); printf '%s\n' ${`${number}:`}"$i"${`:${pad}`}
  [ ${pause} = 0 ] || sleep ${pause}
done
printf '%s\n' ${`end of ${number}`} >&2
printf e >>${counter}
exit ${code}`
  return { number, script, counter, stdout: lines.join(''), stderr: `end of ${number}\n`, code }
}
