import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { LineCounter, isMap, isNode, isScalar, parseDocument, visit } from 'yaml'
import type { Document } from 'yaml'
import { z } from 'zod'
import { PlanRefused } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { id } from '../fields/id.ts'
import { parseKey } from './known-hosts.ts'

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
  taskQueue: id.optional(),
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
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const message = gone ? 'there is no inventory' : error instanceof Error ? error.message : String(error)
    throw new PlanRefused([
      {
        file,
        line: 1,
        column: 1,
        code: 'inventory-missing',
        message,
        hint: 'name hosts in it, or set REINSTATE_INVENTORY',
      },
    ])
  })
  return parseInventory(text, file)
}

/** The same for text that is already read; keys are files relative to `file`. */
export function parseInventory(text: string, file: string): Inventory {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, schema: 'core' })
  const at = (offset: number): Pick<Problem, 'file' | 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  // A document with errors is never converted: an alias bomb goes off there.
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) {
    throw new PlanRefused(
      broken.map(({ pos, code, message }) => ({
        ...at(pos[0]),
        code: `yaml-${code.toLowerCase().replaceAll('_', '-')}`,
        message: message.split('\n')[0] ?? message,
      })),
    )
  }
  const refuse = (offset: number, code: string, message: string): never => {
    throw new PlanRefused([{ ...at(offset), code, message }])
  }
  visit(document, {
    // Twenty lines of hosts need none, and without them there is no bomb.
    Alias: (_, { range }) =>
      refuse(range?.[0] ?? 0, 'yaml-alias', 'an inventory has no aliases; write the value out'),
    // JavaScript's own: as the name of a host it would just vanish.
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__')
        refuse(key.range?.[0] ?? 0, 'inventory', 'no name: __proto__')
    },
  })
  const parsed = inventory.safeParse(document.toJS())
  const problems = parsed.success
    ? crossProblems(parsed.data.hosts)
    : parsed.error.issues.map((issue) => ({ path: issue.path, message: said(issue) }))
  if (!parsed.success || problems.length > 0) {
    throw new PlanRefused(
      problems.map(({ path, message }) => ({
        ...at(offsetOf(document, path)),
        code: 'inventory',
        message: `${path.join('.') || 'the inventory'}: ${message}`,
      })),
    )
  }
  const hosts = Object.entries(parsed.data.hosts).map(
    ([name, value]) => [name, written(value, file)] as const,
  )
  return { file, hosts: new Map(hosts) }
}

function said(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message
  const known = Object.keys(issue.path.length === 0 ? inventory.shape : host.shape)
  return `unknown field ${issue.keys.join(', ')}; there are: ${known.join(', ')}`
}

function written({ key, ...rest }: z.infer<typeof host>, file: string): InventoryHost {
  const absolute =
    key === undefined ? {} : { key: resolve(dirname(file), key.replace(/^~(?=\/)/, homedir())) }
  // Fields that are not written are not there, rather than there and undefined: zod leaves them out.
  return { ...rest, ...absolute } as InventoryHost
}

interface Found {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

function crossProblems(hosts: Readonly<Record<string, z.infer<typeof host>>>): readonly Found[] {
  return Object.entries(hosts).flatMap(([name, { local, address, jump }]) => {
    const path = ['hosts', name]
    if (local === true) {
      return address === undefined
        ? []
        : [{ path: [...path, 'address'], message: 'a local host has no address' }]
    }
    return [
      ...(address === undefined ? [{ path, message: 'has no address; write one, or "local: true"' }] : []),
      ...(jump === undefined || Object.hasOwn(hosts, jump)
        ? []
        : [{ path: [...path, 'jump'], message: `names ${jump}, which is not in this inventory` }]),
    ]
  })
}

/** Where a value stands; where it is missing, what should hold it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[length - 1])
      : undefined
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
  }
  return 0
}
