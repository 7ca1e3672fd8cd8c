import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execa } from 'execa'
import { faults, wrongs } from '../../soak/tally.ts'
import type { Wrong } from '../../soak/tally.ts'

const repository = join(import.meta.dirname, '../..')
const program = join(repository, 'dist/soak/main.js')
const allZero = wrongs.map((wrong) => `${wrong} 0`).join(', ')

/** Defects of remote-run.sh, and the count that must reveal each. */
const defects: readonly { readonly wrong: Wrong; readonly was: string; readonly becomes: string }[] = [
  {
    wrong: 'doubled',
    was: 'if [ -e "$RECEIPT" ]; then found; return; fi\n  if rewound; then echo refused rewound; return; fi',
    becomes: 'rm -rf "$RECEIPT"',
  },
  { wrong: 'lost', was: 'exec sh -c', becomes: 'exec true' },
  { wrong: 'wrong exit codes', was: 'code=$?', becomes: 'code=0' },
  {
    wrong: 'output gaps',
    was: 'head -c "$PART" "$1"',
    becomes: 'head -c "$PART" "$1" | tr n m',
  },
  { wrong: 'false states', was: 'echo "state $STATE $CODE', becomes: 'echo "state interrupted -' },
  { wrong: 'stuck', was: 'make_end_durable\n  echo end', becomes: ':' },
]

it('300 commands under every class of fault violate no invariant', async () => {
  const { stdout, exitCode } = await execa(process.execPath, [program, '--runs', '300', '--seed', '8'], {
    reject: false,
  })
  const lines = stdout.split('\n')
  expect(lines.at(-1)).toMatch(new RegExp(`^runs 300, faults \\d+, ${allZero}$`))
  const made = lines.find((line) => line.startsWith('faults: '))
  for (const fault of faults) expect(made).toMatch(new RegExp(`${fault} [1-9]`))
  expect(exitCode).toBe(0)
})

it('Ctrl-C ends the soak with the counts so far', async () => {
  const soak = execa(process.execPath, [program, '--runs', '1000000'], { detached: true, reject: false })
  const [printed] = await once(soak.stdout, 'data')
  expect(String(printed)).toContain(' s: runs ')
  // Like a terminal, to the whole process group.
  process.kill(-(soak.pid ?? 0), 'SIGINT')
  const { stdout, exitCode } = await soak
  expect(stdout).toContain('stopped before all 1000000 runs were made')
  expect(stdout.split('\n').at(-1)).toMatch(new RegExp(`^runs [1-9]\\d*, faults \\d+, ${allZero}$`))
  expect(exitCode).toBe(0)
})

describe('with a defect in remote-run.sh', () => {
  let copy: string
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'reinstate-soak-'))
    for (const part of ['src', 'testbed', 'soak'])
      cpSync(join(repository, 'dist', part), join(copy, part), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  it.each(defects)('$wrong is counted, and the exit code is 1', async ({ wrong, was, becomes }) => {
    const script = readFileSync(join(repository, 'src/host/remote-run.sh'), 'utf8')
    expect(script.split(was)).toHaveLength(2)
    writeFileSync(
      join(copy, 'src/host/remote-run.sh'),
      script.replace(was, () => becomes),
    )
    const size = wrong === 'stuck' ? ['--runs', '9', '--stuck-seconds', '5'] : ['--runs', '50']
    const words = [...size, '--seed', '8']
    const { stdout, exitCode } = await execa(process.execPath, [join(copy, 'soak/main.js'), ...words], {
      reject: false,
    })
    expect(stdout.split('\n').at(-1)).toMatch(new RegExp(`${wrong} [1-9]`))
    expect(exitCode).toBe(1)
  })
})
