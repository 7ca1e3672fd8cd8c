import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isScalar, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { PlanRefused } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { id } from '../fields/id.ts'
import { brokenYaml, placeAt, placeOf, wrongIn, type WrongInInventory } from './inventory-problems.ts'
import { parseKey } from './known-hosts.ts'
import { atHome } from './ssh-config.ts'

/** The machines that plans may name. Nothing in a plan is ever an address. */
export interface Inventory {
  readonly file: string
  readonly hosts: ReadonlyMap<string, InventoryHost>
}

const host = z.strictObject({
  address: z
    .string()
    .regex(/^[A-Za-z0-9:][A-Za-z0-9.:_-]*$/, {
      error: 'must be a name or an IP address, and begin with no "-"',
    })
    .optional(),
  port: z.int().min(1).max(65_535).optional(),
  user: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, { error: 'must be a user name' })
    .optional(),
  key: z.string().min(1).optional(),
  hostKey: z
    .string()
    .refine((text) => parseKey(text) !== undefined, {
      error: 'must be a public key such as "ssh-ed25519 AAAA…"',
    })
    .optional(),
  jump: z.string().optional(),
  become: z.boolean().optional(),
  local: z.boolean().optional(),
})

/** One host as it is written. `key` is absolute once read; `jump` names another host of the inventory. */
export type InventoryHost = {
  readonly [Field in keyof z.infer<typeof host>]: Exclude<z.infer<typeof host>[Field], undefined>
}

const inventory = z.strictObject({ hosts: z.record(id, host) })

/** Reads an inventory file. @throws PlanRefused with file:line:column for everything wrong in it, or where it is missing */
export async function readInventory(file: string): Promise<Inventory> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const [message, hint] =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? ['there is no inventory', 'name hosts in it, or set REINSTATE_INVENTORY']
        : code === 'EISDIR'
          ? ['the inventory is a folder', 'name a file of hosts in REINSTATE_INVENTORY']
          : [error instanceof Error ? error.message : String(error), 'look at its mode and owner']
    throw new PlanRefused([{ file, line: 1, column: 1, code: 'inventory-missing', message, hint }])
  })
  return parseInventory(text, file)
}

/** The same for text that is already read; keys are files relative to `file`. */
export function parseInventory(source: string, file: string): Inventory {
  const text = source.replace(/^\ufeff/, '')
  const document = parseDocument(text, { stringKeys: true, schema: 'core', prettyErrors: false })
  const at = (offset: number): Pick<Problem, 'file' | 'line' | 'column'> => ({
    file,
    ...placeAt(text, offset),
  })
  // A document with errors is never converted: an alias bomb goes off there.
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0)
    throw new PlanRefused(sorted(broken.map((error) => ({ ...at(error.pos[0]), ...brokenYaml(error) }))))
  const refuse = (offset: number, problem: Pick<Problem, 'code' | 'message' | 'hint'>): never => {
    throw new PlanRefused([{ ...at(offset), ...problem }])
  }
  visit(document, {
    // Twenty lines of hosts need none, and without them there is no bomb.
    Alias: (_, { range }) =>
      refuse(range?.[0] ?? 0, {
        code: 'yaml-alias',
        message: 'an inventory has no aliases',
        hint: 'write the value out',
      }),
    // JavaScript's own: as the name of a host it would just vanish.
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__')
        refuse(key.range?.[0] ?? 0, {
          code: 'inventory',
          message: 'no name: __proto__',
          hint: 'choose another name',
        })
    },
  })
  const parsed = inventory.safeParse(document.toJS())
  const problems = parsed.success
    ? crossProblems(parsed.data.hosts)
    : parsed.error.issues.flatMap((issue) =>
        wrongIn(issue, Object.keys(issue.path.length === 0 ? inventory.shape : host.shape)),
      )
  if (!parsed.success || problems.length > 0) {
    throw new PlanRefused(
      sorted(
        problems.map((wrong) => ({
          file,
          ...placeOf({ document, text }, wrong),
          code: 'inventory',
          message: `${wrong.path.map(String).join('.') || 'the inventory'}: ${wrong.message}`,
          hint: wrong.hint,
        })),
      ),
    )
  }
  const hosts = Object.entries(parsed.data.hosts).map(
    ([name, value]) => [name, written(value, file)] as const,
  )
  return { file, hosts: new Map(hosts) }
}

/** A name may hold a line break or worse; what is told of it has one line. */
function inOneLine(message: string): string {
  return message.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems
    .map((problem) => ({ ...problem, message: inOneLine(problem.message) }))
    .sort((one, other) => one.line - other.line || one.column - other.column)
}

function written({ key, ...rest }: z.infer<typeof host>, file: string): InventoryHost {
  const absolute = key === undefined ? {} : { key: resolve(dirname(file), atHome(key)) }
  // Fields that are not written are not there, rather than there and undefined: zod leaves them out.
  return { ...rest, ...absolute } as InventoryHost
}

/** Fields that say how to connect to a host. A local host needs no connection. */
const NOT_OF_LOCAL = ['address', 'port', 'user', 'key', 'hostKey', 'jump'] as const

function crossProblems(hosts: Readonly<Record<string, z.infer<typeof host>>>): readonly WrongInInventory[] {
  return Object.entries(hosts).flatMap(([name, { local, address, jump }]) => {
    const path = ['hosts', name]
    if (local === true) {
      return NOT_OF_LOCAL.filter((field) => hosts[name]?.[field] !== undefined).map((field) => ({
        path: [...path, field],
        name: true,
        message: `${field} has no effect on a local host`,
        hint: 'remove it, or remove local:',
      }))
    }
    return [
      ...(address === undefined
        ? [{ path, message: 'has no address', hint: 'write address:, or "local: true"' }]
        : []),
      ...(jump === undefined || Object.hasOwn(hosts, jump)
        ? []
        : [
            {
              path: [...path, 'jump'],
              message: `names ${jump}, which is not in this inventory`,
              hint: `there is ${Object.keys(hosts).join(', ')}`,
            },
          ]),
    ]
  })
}
