import type { Act } from './act.ts'
import { argumentsOf, optionIn } from './arguments.ts'
import { bare, unquoted } from './command-behind.ts'
import { joined } from './compose-mounts.ts'
import { composeCall, dockerVerb, removedImages, type Inside } from './docker-words.ts'
import { filesMadeBy, isImageMadeIn, isScratch, isStartedIn } from './made-in-script.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import type { Source } from './sources.ts'
import { removedBySql } from './sql-acts.ts'

const DEVICES =
  /^(mkfs(\..+)?|mke2fs|wipefs|blkdiscard|shred|sgdisk|parted|lvremove|vgremove|pvremove|zpool|zfs|btrfs|cryptsetup|mkswap)$/
const DEVICE_VERB = /^(destroy|delete|luksFormat|erase|mklabel|rm)$/

/** What a script removes, changes and uses, as far as its words say it: what is not plain is left out. */
export function actsIn(source: Source): readonly Act[] {
  const { text: script } = source
  let directory = ''
  const made = new Set<string>()
  const acts = commandsIn(script).flatMap((command): readonly Act[] => {
    const { name, text } = command
    if (name === 'cd') directory = below(directory, bare(command.words[0] ?? ''))
    const removed = removedPaths(command).flatMap((path) => {
      const known = onHost(path, directory, command.inside)
      return known === undefined || made.has(known) || isScratch(known, script) ? [] : [known]
    })
    if (!command.inside) for (const path of filesMadeBy(command)) made.add(below(directory, path))
    return [
      ...removed.map((path): Act => {
        const isVolume = command.inside !== undefined && /^\w/.test(path)
        return { how: 'deletes', what: isVolume ? 'volume' : 'path', name: path, text }
      }),
      ...(command.inside ? [] : dockerActs(command, script)),
      ...(isScratch(directory) ? [] : serverActs(command)),
    ]
  })
  return [...acts, ...removedBySql(source)]
}

/** Paths and devices that a command removes or overwrites, whatever is in them. */
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

/** A path of the host; in a container, what it has mounted there, and nothing where it has nothing. */
function onHost(path: string, directory: string, inside: Inside | undefined): string | undefined {
  const whole = below(directory, path)
  if (!inside) return whole
  const mount = inside.mounts.find(({ target }) => `${whole}/`.startsWith(`${target.replace(/\/$/, '')}/`))
  return mount?.source
}

/** As far as the directory is known: `$work` stays as it is written. */
function below(directory: string, path: string): string {
  if (/^[$~/]/.test(path) || directory === '') return path
  return directory.startsWith('/') ? joined(directory, path) : `${directory}/${path}`
}

function dockerActs(command: ShellCommand, script: string): readonly Act[] {
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

/** Programs that empty a database without a word of SQL. */
function serverActs({ name, words, text }: ShellCommand): readonly Act[] {
  const all = words.map(unquoted)
  const database = (which: string): Act => ({ how: 'deletes', what: 'database', name: which, text })
  if (name === 'dropdb') return [database(argumentsOf(words, /^-[hpUT]$/).plain[0] ?? '')]
  if (name === 'mysqladmin' && all.includes('drop')) return [database(all[all.indexOf('drop') + 1] ?? '')]
  if (/^(redis|valkey)-cli$/.test(name) && all.some((word) => /^flush(all|db)$/i.test(word)))
    return [database(optionIn(words, '-h', '--host') ?? 'of this server')]
  const drops = /^mongo(sh)?$/.test(name) && all.some((word) => /\bdropDatabase\s*\(|\.drop\s*\(/.test(word))
  return drops ? [database('of this server')] : []
}
