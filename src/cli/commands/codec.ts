import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  codecKeysText,
  newCodecKey,
  parseCodecKeys,
  readCodecKeys,
  writeCodecKeys,
} from '../../codec/keys.ts'
import type { CodecKeys } from '../../codec/keys.ts'
import { readConfig } from '../../config.ts'
import { KeyRefused } from '../../private-file.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { note, print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('<action>', 'create, list, add, use, export (prints the keys) or import')
    .argument('[what]', 'for use: the id of a key; for import: what export printed, - for standard input')
    .addHelpText(
      'after',
      '\nThe keys encrypt what Temporal stores of runs. Workers and clients of one Temporal share them; the first one encrypts.' +
        '\nTo rotate: add; export and import to every worker and client; then use the new key on each.' +
        '\nKeep a key for as long as Temporal keeps runs that it encrypted: without it they can neither go on nor be read.' +
        '\n\nExample:\n  ssh worker-1 reinstate codec export | ssh worker-2 reinstate codec import -',
    )
    .action((action: string, what: string | undefined) => {
      codec(action, what, readConfig().codecKeys.file)
      process.exitCode = exitCodes.done
    })
}

function codec(action: string, what: string | undefined, file: string): void {
  switch (action) {
    case 'create': {
      if (readCodecKeys(file))
        throw new BadInput(`${file} exists; nothing was changed`, 'reinstate codec add')
      const key = newCodecKey()
      writeCodecKeys(file, [key])
      return note(`created ${file} with the key ${key.id}`)
    }
    case 'list':
      return print(
        keysIn(file).map(({ id }, index) =>
          index === 0 ? `${id}  encrypts and decrypts` : `${id}  decrypts`,
        ),
      )
    case 'add': {
      const [current, ...others] = keysIn(file)
      const key = newCodecKey()
      writeCodecKeys(file, [current, ...others, key])
      return note(
        `added the key ${key.id}, which decrypts; ${current.id} encrypts\n  next, once every worker and client has imported it: reinstate codec use ${key.id}`,
      )
    }
    case 'use': {
      const keys = keysIn(file)
      const wanted = keys.find(({ id }) => id === what)
      if (!wanted) throw new BadInput(`${file} holds no key "${what ?? ''}"`, 'reinstate codec list')
      writeCodecKeys(file, [wanted, ...keys.filter(({ id }) => id !== what)])
      return note(`the key ${wanted.id} encrypts from now on; no restart is needed`)
    }
    case 'export':
      return print([codecKeysText(keysIn(file)).trim()])
    case 'import':
      if (what === undefined) throw new BadInput('import needs a file', 'reinstate codec import FILE')
      return importKeys(parseCodecKeys(readFileSync(what === '-' ? 0 : what, 'utf8'), what), file)
    default:
      throw new BadInput(
        `"${action}" is none of create, list, add, use, export, import`,
        'reinstate codec --help',
      )
  }
}

/** A key that only this file holds is not lost: it may be all that reads some runs. */
function importKeys(imported: CodecKeys, file: string): void {
  const missing = (readCodecKeys(file) ?? []).filter(({ id }) => !imported.some((key) => key.id === id))
  if (missing.length > 0)
    throw new BadInput(
      `${file} holds ${missing.map(({ id }) => id).join(', ')}, which what you import lacks; nothing was changed`,
      'reinstate codec export, and import that on the other machine',
    )
  writeCodecKeys(file, imported)
  note(`stored ${file}: ${imported.map(({ id }) => id).join(', ')}`)
}

function keysIn(file: string): CodecKeys {
  const keys = readCodecKeys(file)
  if (keys) return keys
  throw new KeyRefused(
    `the file of codec keys ${file} is missing`,
    'reinstate codec import FILE, with the keys of your other workers; for the first worker: reinstate codec create',
  )
}
