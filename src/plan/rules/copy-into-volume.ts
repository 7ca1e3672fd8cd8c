import { argumentsOf, optionIn } from './arguments.ts'
import { bare } from './unwrap-command.ts'
import { joined } from './compose-mounts.ts'
import { composeCall, dockerVerb, type Inside } from './docker-commands.ts'
import type { RuleFinding, Rule } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import { foundIn, scriptsOf, type Source } from './sources.ts'
import { isBelow } from './resources.ts'

const VOLUMES = '/var/lib/docker/volumes'
const VALUED =
  /^(-[emgo]|--(exclude|include|rsh|filter|files-from|log-file|bwlimit|chown|chmod|owner|group|mode|info))$/

export const copyIntoVolume: Rule = {
  id: 'R007',
  name: 'copy-into-volume',
  severity: 'error',
  title: 'A command copies into a Docker volume without the checks of volume-restore',
  why: 'It does not check whether a container uses the volume, whether the volume is empty, or whether the copy equals its source.',
  fix: 'Use volume-restore into a fresh volume. For files in a running container, change the source of its volume.',
  example: {
    wrong: `script: rsync -a /backup/db/ /var/lib/docker/volumes/shop_db/_data/`,
    right: `kind: volume-restore
from: /backup/db`,
  },
  find: ({ steps }) => steps.flatMap((step) => scriptsOf(step, ['script']).flatMap(copiesIn)),
}

function copiesIn(source: Source): readonly RuleFinding[] {
  let directory = ''
  return commandsIn(source.text).flatMap((command) => {
    const { name, text } = command
    if (name === 'cd') directory = joined(directory, bare(command.words[0] ?? ''))
    const into = targetsOf(command, directory).find((path) => isInVolume(path, command.inside))
    if (into !== undefined)
      return foundIn(source, text, `${name} copies into a Docker volume that may be in use`)
    const call = composeCall(command)
    const { verb, words } = call ?? dockerVerb(command)
    const target = argumentsOf(words).plain.at(-1) ?? ''
    if (verb !== 'cp' || !/^[\w.-]+:/.test(target)) return []
    const program = call ? 'docker compose cp' : 'docker cp'
    return foundIn(source, text, `${program} copies into a container that may be in use`)
  })
}

/** Returns the paths that a command writes. */
function targetsOf({ name, words }: ShellCommand, directory: string): readonly string[] {
  const { plain, outputs } = argumentsOf(words, VALUED)
  return [...outputs, ...own()].map((path) => joined(directory, path))

  function own(): readonly string[] {
    if (['cp', 'mv', 'install', 'rsync'].includes(name)) {
      const folder = name === 'rsync' ? undefined : optionIn(words, '-t', '--target-directory')
      return [folder ?? plain.at(-1) ?? '']
    }
    if (name === 'tar' && extracts(words)) return [optionIn(words, '-C', '--directory') ?? directory]
    if (name === 'unzip') return [optionIn(words, '-d', '--directory') ?? directory]
    if (name === 'dd') return plain.flatMap((word) => (word.startsWith('of=') ? [word.slice(3)] : []))
    return name === 'tee' ? plain : []
  }
}

/** Whether a path is in a volume: on the host, or mounted in the container. */
function isInVolume(path: string, inside: Inside | undefined): boolean {
  if (!inside) return isBelow(path, VOLUMES)
  return inside.mounts.some(
    ({ source, target, readOnly }) =>
      !readOnly &&
      (path === target.replace(/(.)\/$/, '$1') || isBelow(path, target)) &&
      (/^\w[\w.-]*$/.test(source) || isBelow(source, VOLUMES)),
  )
}

function extracts(words: readonly string[]): boolean {
  return words.some((word) => /^-?[a-z]*x[a-z]*$/.test(word) || word === '--extract' || word === '--get')
}
