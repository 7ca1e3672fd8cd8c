import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { originsOf, serveCodec } from '../../codec/endpoint.ts'
import {
  codecKeysText,
  newCodecKey,
  parseCodecKeys,
  readCodecKeys,
  writeCodecKeys,
} from '../../codec/keys.ts'
import type { CodecKeys } from '../../codec/keys.ts'
import { readConfig } from '../../config.ts'
import type { Config } from '../../config.ts'
import { locateTemporal } from '../../embedded/connection.ts'
import { holderText } from '../../embedded/ports.ts'
import { KeyRefused } from '../../private-file.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { note, print } from '../terminal.ts'

interface ServeOptions {
  readonly port: number
  readonly origin: readonly string[]
  readonly name: readonly string[]
}

const DEFAULT_PORT = 8081

export function define(command: Command): void {
  command
    .argument('<action>', 'create, list, add, use, export (prints the keys), import, or serve')
    .argument('[what]', 'for use: the id of a key; for import: what export printed, - for standard input')
    .option(
      '--port <port>',
      `for serve: the port on the loopback interface. Default: ${DEFAULT_PORT}`,
      portOf,
      DEFAULT_PORT,
    )
    .option(
      '--origin <url...>',
      'for serve: an address of the Temporal UI. Default: that of this Temporal',
      originOf,
      [],
    )
    .option('--name <host...>', 'for serve: a name under which a proxy with a login serves it', collected, [])
    .addHelpText(
      'after',
      '\nThe keys encrypt what Temporal stores of runs. Workers and clients of one Temporal share them; the first one encrypts.' +
        '\nTo rotate: add; export and import to every worker and client; then use the new key on each.' +
        '\nKeep a key for as long as Temporal keeps runs that it encrypted: without it they can neither go on nor be read.' +
        '\nserve decrypts for the Temporal UI: every user of this machine can then read every run.' +
        '\n\nExample:\n  ssh worker-1 reinstate codec export | ssh worker-2 reinstate codec import -',
    )
    .action(async (action: string, what: string | undefined, options: ServeOptions) => {
      if (action === 'serve') await serve(readConfig(), options)
      else codec(action, what, readConfig().codecKeys.file)
      process.exitCode = exitCodes.done
    })
}

/** Until SIGTERM or Ctrl-C. */
async function serve(config: Config, { port, origin, name }: ServeOptions): Promise<void> {
  keysIn(config.codecKeys.file)
  const origins = origin.length > 0 ? origin : originsOf((await locateTemporal(config)).ui)
  const ended = new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
  const options = { codecKeys: config.codecKeys, port, origins, names: name, tell: note }
  const endpoint = await serveCodec(options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new BadInput(`port ${port} is in use by ${holderText(port)}`, 'reinstate codec serve --port PORT')
  })
  print([`decrypts at ${endpoint.url} for the UI at ${origins.join(', ')}`])
  await ended
  await endpoint.close()
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
        `"${action}" is none of create, list, add, use, export, import, serve`,
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

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('It must be a port, 1 to 65535.')
}

function originOf(text: string, others: readonly string[]): readonly string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && [url.origin, `${url.origin}/`].includes(text))
    return [...others, url.origin]
  throw new InvalidArgumentError('It must be an origin, such as https://temporal.example.org.')
}

function collected(text: string, others: readonly string[]): readonly string[] {
  return [...others, text.toLowerCase()]
}
