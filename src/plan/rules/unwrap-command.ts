/** The command that wrappers start: `sudo -u app timeout 60 docker stop web` starts `docker stop web`. */
export interface UnwrappedCommand {
  readonly words: readonly string[]
  /** `A=b` before the program: its environment. */
  readonly assignments: readonly string[]
  /** `A=b` passed as an argument of a program such as env. */
  readonly passed: readonly string[]
  /** xargs appends arguments from its input. */
  readonly byXargs: boolean
}

const KEYWORDS = new Set('if then elif else fi while until do done case esac in ! { }'.split(' '))

interface Wrapper {
  /** Options whose value is the next word. */
  readonly valued?: RegExp
  /** Number of words between its options and the command. */
  readonly takes?: number
  /** Options with which it starts nothing. */
  readonly asks?: RegExp
}

/** Programs and shell words that start another program. */
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ['sudo', { valued: /^(-[ughpCDRrtTU]|--(user|group|host|prompt|chdir|role|type))$/ }],
  ['doas', { valued: /^-[uC]$/ }],
  ['runuser', { valued: /^(-[ugG]|--(user|group))$/ }],
  ['env', { valued: /^(-[uC]|--(unset|chdir))$/ }],
  ['timeout', { valued: /^(-[ks]|--(kill-after|signal))$/, takes: 1 }],
  ['nice', { valued: /^(-n|--adjustment)$/ }],
  ['ionice', { valued: /^(-[cn]|--(class|classdata))$/ }],
  ['stdbuf', { valued: /^(-[ioe]|--(input|output|error))$/ }],
  ['xargs', { valued: /^(-[nLPIdEsa]|--(max-args|max-lines|max-procs|replace|delimiter|arg-file))$/ }],
  ['flock', { valued: /^(-[wE]|--(timeout|conflict-exit-code))$/, takes: 1 }],
  ['chroot', { takes: 1 }],
  ['time', { valued: /^-[fo]$/ }],
  ['exec', { valued: /^-a$/ }],
  ['command', { asks: /^-[vV]+$/ }],
  ...['nohup', 'setsid', 'builtin', 'busybox', 'chronic'].map((name) => [name, {}] as const),
])

/** Removes wrappers, assignments and keywords before a command. */
export function unwrap(words: readonly string[]): UnwrappedCommand {
  const assignments: string[] = []
  const passed: string[] = []
  let byXargs = false
  let within: string | undefined
  let at = 0
  while (at < words.length) {
    const word = words[at] ?? ''
    if (/^[A-Za-z_]\w*=/.test(word)) {
      if (within === undefined) assignments.push(word)
      else passed.push(word)
      at += 1
    } else if (KEYWORDS.has(word)) at += 1
    else {
      const name = word.replace(/^.*\//, '')
      const wrapper = WRAPPERS.get(name)
      const after = wrapper && afterOptions(words, at + 1, wrapper)
      if (after === undefined) break
      within = name
      byXargs ||= name === 'xargs'
      at = after
    }
  }
  return { words: words.slice(at), assignments, passed, byXargs }
}

/** Returns where the wrapped command starts; undefined if the wrapper starts none. */
function afterOptions(words: readonly string[], from: number, wrapper: Wrapper): number | undefined {
  const { valued, takes = 0, asks } = wrapper
  let at = from
  for (; (words[at] ?? '').startsWith('-'); at += 1) {
    const option = words[at] ?? ''
    if (asks?.test(option)) return undefined
    if (option === '--') {
      at += 1
      break
    }
    if (valued?.test(option)) at += 1
  }
  return at + takes < words.length ? at + takes : undefined
}

export function isShell(name: string): boolean {
  return /^(sh|bash|dash|ash|zsh|ksh)$/.test(name)
}

/** Returns the script that a shell gets as an argument: the quoted part of `sh -c 'docker ps'`. */
export function scriptIn(name: string, words: readonly string[]): string | undefined {
  if (name === 'eval') return words.map(unquoted).join(' ')
  if (!isShell(name) && name !== 'su' && name !== 'script') return undefined
  const option = words.findIndex((word) => /^-\w*c$/.test(word) || word === '--command')
  const script = option < 0 ? undefined : words[option + 1]
  return script === undefined ? undefined : unquoted(script)
}

/** Returns a word as the program gets it, without shell expansion. */
export function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\([$"\\`])/g, '$1') ?? escaped ?? '',
  )
}

/** A word without its quotes. */
export function bare(word: string): string {
  return word.replace(/^(["'])(.*)\1$/s, '$2')
}
