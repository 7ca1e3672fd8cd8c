import { Secret } from './secret.ts'

/** A piece of shell in which every value is quoted. Made by `sh` only, so it can be pasted into another. */
export class Script {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type ShellValue = string | number | Script | readonly string[]

/**
 * Builds a script: sh`mv -n -- ${from} ${to}`. A string becomes one word, a list one word each, a script itself.
 * @throws TypeError for a secret: the text of a command is kept on the host; a secret goes by environment.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Script {
  const text = strings.reduce((before, part, index) => before + pasted(values[index - 1] ?? '') + part)
  return new Script(text)
}

/** One shell word with exactly these characters. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Joins scripts, each on a line of its own. */
export function lines(...scripts: readonly Script[]): Script {
  return new Script(scripts.map(({ text }) => text).join('\n'))
}

/** A script that a person wrote, as it stands: only the kind `command` has one. */
export function written(text: string): Script {
  return new Script(text)
}

function pasted(value: ShellValue): string {
  if (value instanceof Script) return value.text
  if ((value as unknown) instanceof Secret) throw new TypeError('a secret cannot be in the text of a command')
  return typeof value === 'object' ? value.map(quote).join(' ') : quote(String(value))
}
