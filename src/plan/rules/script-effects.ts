import { argumentsOf, optionIn } from './arguments.ts'
import { bare, unquoted } from './unwrap-command.ts'
import { joined } from './compose-mounts.ts'
import { composeCall, dockerVerb, removedImages, type Inside } from './docker-commands.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import type { PlacedEffect } from '../scope/effects.ts'
import type { Source } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

/** An effect of a command in a script on something that the script did not create. */
export interface ScriptEffect extends Pick<PlacedEffect, 'how' | 'what'> {
  /** As written, unless it is an absolute path. */
  readonly name: string
  /** The command as written. */
  readonly text: string
}

const DEVICES =
  /^(mkfs(\..+)?|mke2fs|wipefs|blkdiscard|shred|sgdisk|parted|lvremove|vgremove|pvremove|zpool|zfs|btrfs|cryptsetup|mkswap)$/
const DEVICE_VERB = /^(destroy|delete|luksFormat|erase|mklabel|rm)$/

/** Returns what a script deletes, modifies and uses, as far as its text shows it. */
export function effectsIn(source: Source): readonly ScriptEffect[] {
  const { text: script } = source
  let directory = ''
  const made = new Set<string>()
  const effects = commandsIn(script).flatMap((command): readonly ScriptEffect[] => {
    const { name, text } = command
    if (name === 'cd') directory = below(directory, bare(command.words[0] ?? ''))
    const removed = removedPaths(command).flatMap((path) => {
      const known = onHost(path, directory, command.inside)
      return known === undefined || made.has(known) || isScratch(known, script) ? [] : [known]
    })
    if (!command.inside) for (const path of filesMadeBy(command)) made.add(below(directory, path))
    return [
      ...removed.map((path): ScriptEffect => {
        const isVolume = command.inside !== undefined && /^\w/.test(path)
        return { how: 'deletes', what: isVolume ? 'volume' : 'path', name: path, text }
      }),
      ...(command.inside ? [] : dockerEffects(command, script)),
      ...(isScratch(directory) ? [] : serverEffects(command)),
    ]
  })
  const isSql = sqlOf([{ ...source.step, files: [], values: { script } }]).length > 0
  return [...effects, ...(isSql ? removedBySql(source) : [])]
}

/** Returns the paths and devices that a command deletes or overwrites. */
function removedPaths({ name, words }: ShellCommand): readonly string[] {
  const { plain } = argumentsOf(words)
  if (name === 'rm' || name === 'unlink') return plain
  if (name === 'truncate')
    return optionIn(words, '-s', '--size') === '0' ? argumentsOf(words, /^(-s|--size|-r)$/).plain : []
  if (name === 'find') {
    const first = words.findIndex((word) => word.startsWith('-') || word === '(')
    const removes = words.some(
      (word, index) =>
        word === '-delete' ||
        (/^-(exec|execdir|ok)$/.test(word) && /^(.*\/)?(rm|shred)$/.test(words[index + 1] ?? '')),
    )
    return removes ? words.slice(0, first).map(bare) : []
  }
  if (name === 'dd')
    return plain.flatMap((word) => (/^of=\/dev\/(?!null|std|fd|tty)/.test(word) ? [word.slice(3)] : []))
  if (!DEVICES.test(name)) return []
  if (/^(zpool|zfs|btrfs|cryptsetup|parted|sgdisk)$/.test(name)) {
    const acts =
      plain.some((word) => DEVICE_VERB.test(word)) || words.some((word) => /^(-Z|--zap)/.test(word))
    return acts ? plain.slice(-1) : []
  }
  return name === 'wipefs' && !words.some((word) => /^(-a|-o|--all|--offset)/.test(word))
    ? []
    : plain.slice(-1)
}

/** Maps a path to the host: in a container, to the source of its mount, if there is one. */
function onHost(path: string, directory: string, inside: Inside | undefined): string | undefined {
  const whole = below(directory, path)
  if (!inside) return whole
  const mount = inside.mounts.find(({ target }) => `${whole}/`.startsWith(`${target.replace(/\/$/, '')}/`))
  return mount?.source
}

/** Resolves a path as far as the directory is known: `$work` stays as written. */
function below(directory: string, path: string): string {
  if (/^[$~/]/.test(path) || directory === '') return path
  return directory.startsWith('/') ? joined(directory, path) : `${directory}/${path}`
}

function dockerEffects(command: ShellCommand, script: string): readonly ScriptEffect[] {
  const { words, text } = command
  const call = composeCall(command)
  if (call) {
    const { project, verb } = call
    const how = /^(down|rm)$/.test(verb)
      ? 'deletes'
      : /^(stop|kill|restart|pause)$/.test(verb)
        ? 'modifies'
        : /^(up|start|create|unpause|scale)$/.test(verb)
          ? 'reads'
          : undefined
    if (how === undefined || project === undefined) return []
    return [{ how, what: 'project', name: project, text }]
  }
  if (command.name === 'docker' && words[0] === 'volume' && /^(rm|remove)$/.test(words[1] ?? ''))
    return argumentsOf(words.slice(2)).plain.map((name) => ({ how: 'deletes', what: 'volume', name, text }))
  const images = removedImages(command)
  if (images)
    return images
      .filter((name) => !isImageMadeIn(script, name))
      .map((name) => ({ how: 'deletes', what: 'image', name, text }))
  const { verb, words: after } = dockerVerb(command)
  const how =
    verb === 'rm' ? 'deletes' : /^(stop|kill|restart|pause|rename)$/.test(verb) ? 'modifies' : undefined
  if (how === undefined) return []
  const names = argumentsOf(after, /^(-t|-s|--time|--timeout|--signal)$/).plain
  return names
    .filter((name) => !isStartedIn(script, name))
    .map((name) => ({ how, what: 'container', name, text }))
}

/** Returns the effects of programs that delete a database without SQL. */
function serverEffects({ name, words, text }: ShellCommand): readonly ScriptEffect[] {
  const all = words.map(unquoted)
  const database = (which: string): ScriptEffect => ({ how: 'deletes', what: 'database', name: which, text })
  if (name === 'dropdb') return [database(argumentsOf(words, /^-[hpUT]$/).plain[0] ?? '')]
  if (name === 'mysqladmin' && all.includes('drop')) return [database(all[all.indexOf('drop') + 1] ?? '')]
  if (/^(redis|valkey)-cli$/.test(name) && all.some((word) => /^flush(all|db)$/i.test(word)))
    return [database(optionIn(words, '-h', '--host') ?? 'of this server')]
  const drops = /^mongo(sh)?$/.test(name) && all.some((word) => /\bdropDatabase\s*\(|\.drop\s*\(/.test(word))
  return drops ? [database('of this server')] : []
}

/** Statements that delete rows; what can be recreated, such as an index, is excluded. */
const REMOVES =
  /(?:^|[;\n])\s*(?:drop\s+(?:database|schema|(?:foreign\s+)?table|materialized\s+view|tablespace|owned\s+by)\s+(?:if\s+exists\s+)?([\w."$-]+)|truncate\s+(?:table\s+)?(?:only\s+)?(?!-)([\w."$-]+)|delete\s+from\s+(?:only\s+)?([\w."$-]+)(?=\s*(?:;|$|returning\b))|alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."$-]+)\s+(?:[^;]*,\s*)?drop\s+(?:column\b|(?!constraint|default|not|identity|expression|index|foreign|primary|column)\w))/gi
const SCRATCH_NAME = /^(tmp|temp|scratch|test)([_-]|$)|[_-](tmp|temp|scratch|test)$/i

/** Returns what the SQL in a script or an SQL file deletes permanently, unless it created it itself. */
export function removedBySql(source: Source): readonly ScriptEffect[] {
  return sqlMatches(source, REMOVES).flatMap(({ groups }) => {
    const written = groups.slice(1).find((name) => name !== undefined) ?? ''
    const name = written.replaceAll('"', '')
    const before = source.text.slice(0, groups.index)
    const own = new RegExp(
      `\\bcreate\\s+[\\w\\s]*?(table|database|schema|view)\\s+(if\\s+not\\s+exists\\s+)?"?${name.replace(/[^\w]/g, '.')}\\b`,
      'i',
    )
    if (SCRATCH_NAME.test(name) || own.test(before)) return []
    const offset = groups[0].search(/[a-z]/i)
    const text =
      source.text.slice(groups.index + offset, groups.index + groups[0].length).split('\n')[0] ?? ''
    return { how: 'deletes', what: 'database', name, text }
  })
}

const SCRATCH =
  /^(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/(var\/)?run\/|\$\{?(tmp|temp|work|scratch)(dir)?(?![a-z0-9]))/i

/** Whether a path is temporary, or created by mktemp. */
function isScratch(path: string, script = ''): boolean {
  const [, variable] = /^\$\{?(\w+)/.exec(path) ?? []
  const made =
    variable !== undefined &&
    new RegExp(`\\b${variable}=["']?((\\$\\(|\`)\\s*mktemp|/tmp/|/var/tmp/|/dev/shm/|/run/)`).test(script)
  return made || SCRATCH.test(path) || path.includes('mktemp')
}

/** Programs that get the name of their output file by an option. */
const OUTPUT_OPTIONS: ReadonlyMap<string, readonly [short: string, long: string]> = new Map([
  ['tar', ['-f', '--file']],
  ['pg_dump', ['-f', '--file']],
  ['pg_dumpall', ['-f', '--file']],
  ['curl', ['-o', '--output']],
  ['wget', ['-O', '--output-document']],
])

/** Returns the files that a command creates or overwrites. */
function filesMadeBy({ name, words }: ShellCommand): readonly string[] {
  const { plain, outputs } = argumentsOf(words)
  if (/^(touch|tee)$/.test(name)) return [...plain, ...outputs]
  if (/^(cp|install|ln)$/.test(name)) return [...plain.slice(-1), ...outputs]
  const option = OUTPUT_OPTIONS.get(name)
  // tar -xf and -tf read the file.
  const reads = words.some((word) => /^-?[a-zA-Z]*[xt][a-zA-Z]*f$/.test(bare(word)))
  const file = option && !reads ? optionIn(words, ...option) : undefined
  return file === undefined ? outputs : [file, ...outputs]
}

/** Whether the script itself starts the container. */
function isStartedIn(script: string, name: string): boolean {
  const [, variable] = /^\$\{?(\w+)/.exec(name) ?? []
  return variable === undefined
    ? new RegExp(`--name[= ]["']?${asPattern(name)}\\b`).test(script)
    : new RegExp(`\\b${variable}="?(\\$\\(|\`)\\s*(sudo )?docker (container )?(run|create)\\b`).test(script)
}

/** Whether the script itself pulls, builds or tags the image. */
function isImageMadeIn(script: string, name: string): boolean {
  return new RegExp(
    `\\bdocker (image )?(pull|build|buildx|tag|load|commit)\\b[^\\n;]*${asPattern(name)}`,
  ).test(script)
}

function asPattern(name: string): string {
  return name.replace(/[^\w-]/g, '.')
}
