/** What a command really starts: `sudo -u app timeout 60 docker stop web` is `docker stop web`. */
export interface Behind {
  readonly words: readonly string[]
  /** `A=b` before the program: its environment. */
  readonly assignments: readonly string[]
  /** `A=b` that a program such as env was given as an argument. */
  readonly passed: readonly string[]
  /** Its last arguments come from what is piped into it. */
  readonly byXargs: boolean
}

const KEYWORDS = new Set('if then elif else fi while until do done case esac in ! { }'.split(' '))

interface Wrapper {
  /** Options whose value is the next word. */
  readonly valued?: RegExp
  /** Words between its options and the command. */
  readonly takes?: number
  /** Options with which it starts nothing. */
  readonly asks?: RegExp
}

/** Programs and words of the shell that start another program. */
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

/** Takes away what stands before the command that is meant. */
export function behind(words: readonly string[]): Behind {
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

/** Where the command begins that a wrapper starts; undefined where it starts none. */
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

/** A script that a shell is given as a word: of `sh -c 'docker ps'`, what stands in quotes. */
export function scriptIn(name: string, words: readonly string[]): string | undefined {
  if (name === 'eval') return words.map(unquoted).join(' ')
  if (!isShell(name) && name !== 'su' && name !== 'script') return undefined
  const option = words.findIndex((word) => /^-\w*c$/.test(word) || word === '--command')
  const script = option < 0 ? undefined : words[option + 1]
  return script === undefined ? undefined : unquoted(script)
}

/** A word as the program gets it, but for what the shell fills in. */
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
