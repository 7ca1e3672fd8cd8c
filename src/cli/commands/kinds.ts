import type { Command } from 'commander'
import { z } from 'zod'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { kinds } from '../../steps/index.ts'
import { outputsOf, type AnyStepKind } from '../../steps/step-kind.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { exampleOf } from '../example-of.ts'
import { columns } from '../rendering/columns.ts'
import { fieldRows } from '../rendering/field-rows.ts'
import { print, printJson } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('[kind]', 'one kind with its fields; without it, all kinds')
    .option('--json', 'prints the fields as a JSON schema')
    .addHelpText('after', '\nExample:\n  reinstate kinds volume-restore')
    .action((name: string | undefined, { json = false }: { readonly json?: boolean }) => {
      process.exitCode = name === undefined ? showAll(json) : showOne(name, json)
    })
}

function showAll(json: boolean): ExitCode {
  const all = [...kinds.values()]
  if (json)
    printJson(all.map((kind) => ({ kind: kind.kind, summary: kind.summary, outputs: outputsOf(kind) })))
  else print(columns(all.map(({ kind, summary }) => [kind, summary])))
  return exitCodes.done
}

function showOne(name: string, json: boolean): ExitCode {
  const kind = kinds.get(name)
  if (!kind) {
    const { hint } = didYouMean(name, [...kinds.keys()])
    throw new BadInput(`there is no kind ${name}${hint === undefined ? '' : `; ${hint}`}`, 'reinstate kinds')
  }
  const schema = schemaOf(kind)
  const outputs = outputsOf(kind)
  if (json) printJson({ kind: name, summary: kind.summary, outputs, fields: schema })
  else {
    print([
      `${name}: ${kind.summary}`,
      '',
      ...columns(fieldRows(schema), '  '),
      '',
      ...(outputs.length > 0 ? [`  outputs   ${outputs.join(', ')}`] : []),
      `  timeout   ${kind.timeoutMinutes} minutes by default`,
      '',
      'Example:',
      ...exampleOf(name)
        .split('\n')
        .map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`),
    ])
  }
  return exitCodes.done
}

/** The input schema, as written in a plan. */
function schemaOf({ fields }: AnyStepKind) {
  return z.toJSONSchema(z.strictObject(fields), { io: 'input', unrepresentable: 'any' })
}
