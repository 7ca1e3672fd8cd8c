interface Named {
  readonly name: string
  readonly summary: string
}

/** Commands whose first argument is a run. */
const TAKES_RUN = ['status', 'show', 'logs', 'approve', 'reject', 'decide', 'roll-back', 'cancel']
/** Commands whose first argument is a plan. */
const TAKES_PLAN = ['run', 'preview', 'check']

const RUNS = "reinstate status 2>/dev/null | awk 'NR > 1 { print $1 }'"
const KINDS = "reinstate kinds 2>/dev/null | awk '{ print $1 }'"

/** What a shell reads to complete the words of `reinstate`; undefined for a shell that is not known. */
export function completionScript(shell: string, commands: readonly Named[]): readonly string[] | undefined {
  if (shell === 'bash') return bash(commands)
  // zsh reads bash's way of saying it.
  if (shell === 'zsh') return ['autoload -U +X bashcompinit && bashcompinit', ...bash(commands)]
  return shell === 'fish' ? fish(commands) : undefined
}

function bash(commands: readonly Named[]): string[] {
  const names = commands.map(({ name }) => name).join(' ')
  return [
    '_reinstate() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${names}"`,
    '  else case $command in',
    `    ${TAKES_RUN.join('|')}) words=$(${RUNS}) ;;`,
    `    ${TAKES_PLAN.join('|')}) COMPREPLY=($(compgen -d -- "$word")); return ;;`,
    `    kinds) words=$(${KINDS}) ;;`,
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -F _reinstate reinstate',
  ]
}

function fish(commands: readonly Named[]): string[] {
  const after = (names: readonly string[]) => `-n '__fish_seen_subcommand_from ${names.join(' ')}'`
  return [
    'complete -c reinstate -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c reinstate -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ),
    `complete -c reinstate ${after(TAKES_RUN)} -a "(${RUNS.replaceAll('$', '\\$')})"`,
    `complete -c reinstate ${after(TAKES_PLAN)} -F`,
    `complete -c reinstate ${after(['kinds'])} -a "(${KINDS.replaceAll('$', '\\$')})"`,
  ]
}
