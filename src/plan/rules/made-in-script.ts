import { argumentsOf, optionIn } from './arguments.ts'
import { bare } from './command-behind.ts'
import type { ShellCommand } from './shell-commands.ts'

const SCRATCH = /^(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/(var\/)?run\/|\$\{?(tmp|temp|work|TMPDIR|scratch))/i

/** Whether a path is in a place that is nobody's, or one that mktemp has made. */
export function isScratch(path: string, script = ''): boolean {
  const [, variable] = /^\$\{?(\w+)/.exec(path) ?? []
  const made =
    variable !== undefined &&
    new RegExp(`\\b${variable}=["']?((\\$\\(|\`)\\s*mktemp|/tmp/|/var/tmp/|/dev/shm/|/run/)`).test(script)
  return made || SCRATCH.test(path) || path.includes('mktemp')
}

/** The files that a command writes, whatever was there before. */
export function filesMadeBy({ name, words }: ShellCommand): readonly string[] {
  const { plain, outputs } = argumentsOf(words)
  if (/^(touch|tee)$/.test(name)) return [...plain, ...outputs]
  if (/^(cp|install|ln)$/.test(name)) return [...plain.slice(-1), ...outputs]
  const output = /^(tar|pg_dump|pg_dumpall)$/.test(name)
    ? writtenByOption(words, '-f', '--file')
    : /^(curl|pg_basebackup)$/.test(name)
      ? writtenByOption(words, '-o', '--output')
      : name === 'wget'
        ? writtenByOption(words, '-O', '--output-document')
        : []
  return [...output, ...outputs]
}

function writtenByOption(words: readonly string[], short: string, long: string): readonly string[] {
  // Of tar -xf and -tf the file is read.
  if (words.some((word) => /^-?[a-zA-Z]*[xt][a-zA-Z]*f$/.test(bare(word)))) return []
  const file = optionIn(words, short, long)
  return file === undefined ? [] : [file]
}

/** Whether the script itself has started a container that it names. */
export function isStartedIn(script: string, name: string): boolean {
  const [, variable] = /^\$\{?(\w+)/.exec(name) ?? []
  return variable === undefined
    ? new RegExp(`--name[= ]["']?${asPattern(name)}\\b`).test(script)
    : new RegExp(`\\b${variable}="?(\\$\\(|\`)\\s*(sudo )?docker (container )?(run|create)\\b`).test(script)
}

/** Whether the script itself has pulled, built or named an image. */
export function isImageMadeIn(script: string, name: string): boolean {
  return new RegExp(
    `\\bdocker (image )?(pull|build|buildx|tag|load|commit)\\b[^\\n;]*${asPattern(name)}`,
  ).test(script)
}

function asPattern(name: string): string {
  return name.replace(/[^\w-]/g, '.')
}
