import type { Command } from 'commander'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { wholeProgram } from '../../src/cli/main.ts'
import { aDesk } from './typing.ts'

const program = await wholeProgram()
const desk = await aDesk()
const [bash, zsh, fish] = await Promise.all(
  ['bash', 'zsh', 'fish'].map(async (shell) => (await desk.type('completion', shell)).out),
)
const first = (command: Command) => command.registeredArguments[0]?.name()
const thatTake = (argument: string) =>
  program.commands.filter((command) => first(command) === argument).map((command) => command.name())

const RUNS = `printf 'RUN    STATE  PLAN\\nshop-1  done   shop\\nshop-2  done   shop\\n'`
const NO_RUNS = `printf 'no runs yet\\n  next: reinstate run PLAN\\n'`
const CHANNELS = `printf 'CHANNEL  KIND     OF EVERY RUN\\nops      webhook  waits\\n'`
const KINDS = `printf 'command  a command\\nmove     a move\\n'`

/** What bash offers behind `words`, where `reinstate` prints what `prints` does. */
async function offered(prints: string, ...words: readonly string[]): Promise<string[]> {
  const all = ['reinstate', ...words].map((word) => `'${word}'`).join(' ')
  const complete = `${bash}\nreinstate() { ${prints}; }\nCOMP_WORDS=(${all}) COMP_CWORD=${words.length}; _reinstate; printf '%s\\n' "\${COMPREPLY[@]}"`
  return (await execa('bash', ['-c', complete])).stdout.split('\n').filter((word) => word !== '')
}

describe('completion', () => {
  it('knows the commands that take a run', () => {
    expect(thatTake('run')).toEqual(expect.arrayContaining(['status', 'report', 'rollback']) as unknown)
  })

  it.each(thatTake('run'))('bash › %s › offers the ids of runs', async (command) => {
    expect(await offered(RUNS, command, 'sh')).toEqual(['shop-1', 'shop-2'])
  })

  it('bash › offers no id where there are no runs', async () => {
    expect(await offered(NO_RUNS, 'status', '')).toEqual([])
  })

  it('bash › offers the options of a command', async () => {
    expect(await offered('true', 'logs', '--')).toEqual([
      '--since',
      '--lines',
      '--grep',
      '--follow',
      '--json',
    ])
    expect(await offered('true', 'status', '-')).toContain('-f')
    expect(await offered(RUNS, 'schema', '--no')).toEqual([])
  })

  it('fish › offers the options of a command', () => {
    expect(fish).toContain("complete -c reinstate -n '__fish_seen_subcommand_from logs' -l since")
  })

  it('bash › offers kinds and shells', async () => {
    expect(await offered(KINDS, 'kinds', '')).toEqual(['command', 'move'])
    expect(await offered('true', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  it('bash › notify › offers list and test, then the channels', async () => {
    expect(await offered(CHANNELS, 'notify', '')).toEqual(['list', 'test'])
    expect(await offered(CHANNELS, 'notify', 'test', '')).toEqual(['ops'])
    expect(await offered(`printf 'no channels: there is no notify.yaml\\n'`, 'notify', 'test', '')).toEqual(
      [],
    )
  })

  it.each(thatTake('run'))('fish › %s › offers the ids of runs', (command) => {
    const line = fish?.split('\n').find((one) => one.includes('reinstate status'))
    expect(line?.split("'")[1]?.split(' ')).toContain(command)
  })

  it('zsh › reads the functions of bash', () => {
    expect(zsh).toBe(`autoload -U +X bashcompinit && bashcompinit\n${bash}`)
  })
})
