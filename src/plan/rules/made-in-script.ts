import { argumentsOf, optionIn } from './arguments.ts'
import { bare } from './command-behind.ts'
import type { ShellCommand } from './shell-commands.ts'

const SCRATCH =
  /^(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/(var\/)?run\/|\$\{?(tmp|temp|work|scratch)(dir)?(?![a-z0-9]))/i

/** Whether a path is in a place that is nobody's, or one that mktemp has made. */
export function isScratch(path: string, script = ''): boolean {
  const [, variable] = /^\$\{?(\w+)/.exec(path) ?? []
  const made =
    variable !== undefined &&
    new RegExp(`\\b${variable}=["']?((\\$\\(|\`)\\s*mktemp|/tmp/|/var/tmp/|/dev/shm/|/run/)`).test(script)
  return made || SCRATCH.test(path) || path.includes('mktemp')
}

/** Programs that are told by an option which file they write. */
const OUTPUT_OPTIONS: ReadonlyMap<string, readonly [short: string, long: string]> = new Map([
  ['tar', ['-f', '--file']],
  ['pg_dump', ['-f', '--file']],
  ['pg_dumpall', ['-f', '--file']],
  ['curl', ['-o', '--output']],
  ['wget', ['-O', '--output-document']],
])

/** The files that a command writes, whatever was there before. */
export function filesMadeBy({ name, words }: ShellCommand): readonly string[] {
  const { plain, outputs } = argumentsOf(words)
  if (/^(touch|tee)$/.test(name)) return [...plain, ...outputs]
  if (/^(cp|install|ln)$/.test(name)) return [...plain.slice(-1), ...outputs]
  const option = OUTPUT_OPTIONS.get(name)
  // Of tar -xf and -tf the file is read.
  const reads = words.some((word) => /^-?[a-zA-Z]*[xt][a-zA-Z]*f$/.test(bare(word)))
  const file = option && !reads ? optionIn(words, ...option) : undefined
  return file === undefined ? outputs : [file, ...outputs]
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
