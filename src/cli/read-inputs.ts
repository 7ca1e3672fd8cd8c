import { readFileSync } from 'node:fs'
import { BadInput } from './exit-codes.ts'

/** Collects the values of a repeatable option. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Parses `--input key=value` and `key=@file`, where the file has the value. @throws BadInput */
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
    throw new BadInput(`--input: cannot read the file ${file}`)
  }
}
