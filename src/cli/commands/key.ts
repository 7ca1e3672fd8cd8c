import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { createKey, keyText, parseKey, readKey, readKeyIfThere, writeKey } from '../../worker-key.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { note, print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('<action>', 'create, export (prints the key) or import')
    .argument('[file]', 'for import: what export printed; - for standard input')
    .addHelpText(
      'after',
      '\nWorkers of one Temporal share the key. Anyone who has it can make them run any command: keep it like a root password.' +
        '\n\nExample:\n  ssh worker-1 reinstate key export | ssh worker-2 reinstate key import -',
    )
    .action((action: string, file: string | undefined) => {
      key(action, file, readConfig().keyFile)
      process.exitCode = exitCodes.done
    })
}

function key(action: string, file: string | undefined, keyFile: string): void {
  switch (action) {
    case 'create':
      if (!createKey(keyFile)) throw new BadInput(`${keyFile} exists; nothing was changed`)
      return note(`created ${keyFile}`)
    case 'export':
      return print([keyText(readKey(keyFile)).trim()])
    case 'import': {
      if (file === undefined) throw new BadInput('import needs a file', 'reinstate key import FILE')
      const imported = parseKey(readFileSync(file === '-' ? 0 : file, 'utf8'), file)
      if (!writeKey(keyFile, imported) && !readKeyIfThere(keyFile)?.equals(imported))
        throw new BadInput(
          `${keyFile} holds another key, with which open runs may be signed; move it away first`,
        )
      return note(`stored ${keyFile}`)
    }
    default:
      throw new BadInput(`"${action}" is none of create, export, import`, 'reinstate key --help')
  }
}
