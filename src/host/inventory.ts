import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { diagnostics, sortedProblems, type Diagnostics } from '../diagnostics/diagnostics.ts'
import type { Path } from '../diagnostics/places.ts'
import { reportIssues, valueAt } from '../diagnostics/schema-diagnostics.ts'
import { didYouMean } from '../diagnostics/suggestions.ts'
import { readDocument } from '../diagnostics/yaml-document.ts'
import { PlanRefused } from '../errors.ts'
import { id } from '../fields/id.ts'
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
  const { value, places, problems } = readDocument(file, new TextEncoder().encode(source), {
    noMap: { code: 'inventory', message: 'holds no map of hosts', hint: INIT },
    aliases: 'refused',
  })
  if (value === undefined) throw new PlanRefused(problems)
  const all = diagnostics(file, places)
  const parsed = inventory.safeParse(value)
  if (parsed.success) reportHosts(parsed.data.hosts, all)
  else
    reportIssues(parsed.error.issues, {
      schema: inventory,
      value,
      at: [],
      diagnostics: asInventory(all, value),
    })
  const found = sortedProblems([...problems, ...all.all()])
  if (!parsed.success || found.length > 0) throw new PlanRefused(found)
  const hosts = Object.entries(parsed.data.hosts).map(([name, one]) => [name, written(one, file)] as const)
  return { file, hosts: new Map(hosts) }
}

const INIT = 'reinstate init HOST writes an inventory to begin with'

/** The schema's diagnostics as an inventory has them: one code; a host that is wrong as a whole is told by its name. */
function asInventory(all: Diagnostics, value: unknown): Diagnostics {
  return {
    ...all,
    at: (path, { message, hint = INIT }) =>
      (isScalarAt(value, path) ? all.at : all.atKey)(path, { code: 'inventory', message, hint }),
    atKey: (path, { message, hint = INIT }) =>
      all.atKey(path, {
        code: 'inventory',
        ...(NO_EFFECT.has(path.at(-1))
          ? { message: `${String(path.at(-1))} has no effect in this version`, hint: 'remove it' }
          : { message, hint }),
      }),
  }
}

/** Fields that version 0.1 accepted and ignored. */
const NO_EFFECT: ReadonlySet<unknown> = new Set(['taskQueue'])

function isScalarAt(value: unknown, path: Path): boolean {
  const found = valueAt(value, path)
  return found !== undefined && (found === null || typeof found !== 'object')
}

function written({ key, ...rest }: z.infer<typeof host>, file: string): InventoryHost {
  const absolute = key === undefined ? {} : { key: resolve(dirname(file), atHome(key)) }
  // Fields that are not written are not there, rather than there and undefined: zod leaves them out.
  return { ...rest, ...absolute } as InventoryHost
}

/** Fields that say how to connect to a host. A local host needs no connection. */
const NOT_OF_LOCAL = ['address', 'port', 'user', 'key', 'hostKey', 'jump'] as const

/** Reports fields that are valid alone and not beside the others. */
function reportHosts(hosts: Readonly<Record<string, z.infer<typeof host>>>, all: Diagnostics): void {
  for (const [name, { local, address, jump }] of Object.entries(hosts)) {
    const at = ['hosts', name]
    if (local === true)
      for (const field of NOT_OF_LOCAL.filter((one) => hosts[name]?.[one] !== undefined))
        all.atKey([...at, field], {
          code: 'inventory',
          message: `${field} has no effect on a local host`,
          hint: 'remove it, or remove local:',
        })
    else if (address === undefined)
      all.atKey(at, {
        code: 'inventory',
        message: `the host "${name}" has no address`,
        hint: 'write address:, or "local: true"',
      })
    if (local !== true && jump !== undefined && !Object.hasOwn(hosts, jump))
      all.at([...at, 'jump'], {
        code: 'inventory',
        message: `jump "${jump}" is not a host of this inventory`,
        ...didYouMean(jump, Object.keys(hosts)),
      })
  }
}
