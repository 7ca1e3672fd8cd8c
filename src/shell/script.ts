import { Secret } from './secret.ts'

/** Shell text in which every value is quoted, so that it can be part of another script. Use `sh` to make one. */
export class Script {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type ShellValue = string | number | Script | readonly string[]

/**
 * Builds a script: sh`mv -n -- ${from} ${to}`. A string becomes one word, a list one word per item; a script is inserted.
 * @throws TypeError for a secret, which belongs in the environment: the host keeps the text of a command.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Script {
  const text = strings.reduce((before, part, index) => before + pasted(values[index - 1] ?? '') + part)
  return new Script(text)
}

/** Quotes a string as one shell word. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Joins scripts by line breaks. */
export function lines(...scripts: readonly Script[]): Script {
  return new Script(scripts.map(({ text }) => text).join('\n'))
}

/** Marks text as a script, without quoting: for text of this repository, and for the scripts of a plan. */
export function written(text: string): Script {
  return new Script(text)
}

function pasted(value: ShellValue): string {
  if (value instanceof Script) return value.text
  if ((value as unknown) instanceof Secret)
    throw new TypeError('a secret cannot be part of a script; pass it in the environment')
  return typeof value === 'object' ? value.map(quote).join(' ') : quote(String(value))
}
