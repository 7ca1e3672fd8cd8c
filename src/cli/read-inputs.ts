import { readFileSync } from 'node:fs'
import { BadInput } from './exit-codes.ts'

/** For an option that may be given several times. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** `--input key=value`, or `key=@file` for what a file holds, given any number of times. @throws BadInput */
export function readInputs(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined) throw new BadInput(`--input ${text} is not name=value`)
    return [name, value.startsWith('@') ? contentOf(value.slice(1)) : value] as const
  })
  return Object.fromEntries(pairs)
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch {
    throw new BadInput(`--input names the file ${file}, which cannot be read`)
  }
}
