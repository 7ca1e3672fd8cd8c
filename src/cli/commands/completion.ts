import type { Command } from 'commander'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(reinstate completion bash)')
    .action((shell: string) => {
      const commands = command.parent?.commands ?? []
      const script = completionScript(
        shell,
        commands.map((one) => ({
          name: one.name(),
          summary: one.summary(),
          argument: one.registeredArguments[0]?.name(),
          options: one.options.flatMap(({ short, long }) =>
            [short, long].filter((name) => name !== undefined),
          ),
        })),
      )
      if (!script) throw new BadInput(`${shell} is not one of bash, zsh, fish`, 'reinstate completion bash')
      print(script)
      process.exitCode = exitCodes.done
    })
}

/** A command as a shell completes it. */
export interface Completed {
  readonly name: string
  readonly summary: string
  /** The name of its first argument: `run`, `plan`, `kind`, `shell`; it decides what is offered. */
  readonly argument?: string | undefined
  /** `--follow`, `-f` …; offered after a dash. */
  readonly options: readonly string[]
}

// Without runs, the list has no heading.
const RUNS = `reinstate status 2>/dev/null | awk 'NR == 1 && $1 != "RUN" { exit } NR > 1 { print $1 }'`
const KINDS = "reinstate kinds 2>/dev/null | awk '{ print $1 }'"
const CHANNELS = 'reinstate notify list 2>/dev/null | awk \'$1 != "no" && NR > 1 { print $1 }\''
const SHELLS = ['bash', 'zsh', 'fish']

/** The completion script of a shell; undefined for an unknown shell. */
export function completionScript(
  shell: string,
  commands: readonly Completed[],
): readonly string[] | undefined {
  if (shell === 'bash') return bash(commands)
  // zsh can read bash completions.
  if (shell === 'zsh') return ['autoload -U +X bashcompinit && bashcompinit', ...bash(commands)]
  return shell === 'fish' ? fish(commands) : undefined
}

function bash(commands: readonly Completed[]): string[] {
  const names = commands.map(({ name }) => name).join(' ')
  const after = (argument: string, then: string) => {
    const those = thatTake(argument, commands)
    return those.length === 0 ? [] : [`    ${those.join('|')}) ${then} ;;`]
  }
  return [
    '_reinstate() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${names}"`,
    '  elif [[ $word == -* ]]; then case $command in',
    ...commands
      .filter(({ options }) => options.length > 0)
      .map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`),
    '    esac',
    '  else case $command in',
    ...after('run', `words=$(${RUNS})`),
    ...after('plan', 'COMPREPLY=($(compgen -d -- "$word")); return'),
    ...after('kind', `words=$(${KINDS})`),
    ...after('shell', `words="${SHELLS.join(' ')}"`),
    `    notify) words="list test"; [ "$COMP_CWORD" -gt 2 ] && words=$(${CHANNELS}) ;;`,
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -F _reinstate reinstate',
  ]
}

function fish(commands: readonly Completed[]): string[] {
  const after = (argument: string, then: string) => {
    const those = thatTake(argument, commands)
    return those.length === 0
      ? []
      : [`complete -c reinstate -n '__fish_seen_subcommand_from ${those.join(' ')}' ${then}`]
  }
  const output = (command: string) => `-a "(${command.replaceAll(/["$]/g, '\\$&')})"`
  return [
    'complete -c reinstate -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c reinstate -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ),
    ...commands.flatMap(({ name, options }) =>
      options.map((option) => {
        const said = option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`
        return `complete -c reinstate -n '__fish_seen_subcommand_from ${name}' ${said}`
      }),
    ),
    ...after('run', output(RUNS)),
    ...after('plan', '-F'),
    ...after('kind', output(KINDS)),
    ...after('shell', `-a '${SHELLS.join(' ')}'`),
    `complete -c reinstate -n '__fish_seen_subcommand_from notify' -a 'list test' ${output(CHANNELS)}`,
  ]
}

function thatTake(argument: string, commands: readonly Completed[]): readonly string[] {
  return commands.filter((command) => command.argument === argument).map(({ name }) => name)
}
