import { bare } from './unwrap-command.ts'

/** The arguments of a command. */
export interface Arguments {
  /** Without options, redirections and quotes. */
  readonly plain: readonly string[]
  /** Files that its output is redirected to. */
  readonly outputs: readonly string[]
}

/** Sorts the words of a command; `valued` matches options whose value is the next word. */
export function argumentsOf(words: readonly string[], valued?: RegExp): Arguments {
  const plain: string[] = []
  const outputs: string[] = []
  let onlyPlain = false
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (/^[<>]+[&|]?$/.test(word)) {
      at += 1
      if (word === '>' || word === '>>' || word === '>|') outputs.push(bare(words[at] ?? ''))
      // `2>&1`: the number before the operator is no argument.
      if (/^\d$/.test(words[at - 2] ?? '')) plain.pop()
    } else if (onlyPlain || !word.startsWith('-') || word === '-') plain.push(bare(word))
    else if (word === '--') onlyPlain = true
    else if (valued?.test(word)) at += 1
  }
  return { plain, outputs }
}

/** Returns the value of an option: `-t X`, `-tX`, `--target-directory X` or `--target-directory=X`. */
export function optionIn(words: readonly string[], short: string, long: string): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === long || word === short || new RegExp(`^-\\w+${short.slice(1)}$`).test(word))
      return bare(words[index + 1] ?? '')
    if (word.startsWith(`${long}=`)) return bare(word.slice(long.length + 1))
    if (short.length === 2 && word.startsWith(short)) return bare(word.slice(2))
  }
  return undefined
}
