import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { diagnostics, sortedProblems, type Diagnostics } from '../diagnostics/diagnostics.ts'
import { readTrusted } from '../diagnostics/file-access.ts'
import type { Path } from '../diagnostics/places.ts'
import { reportIssues, valueAt } from '../diagnostics/schema-diagnostics.ts'
import { didYouMean } from '../diagnostics/suggestions.ts'
import { readDocument } from '../diagnostics/yaml-document.ts'
import { PlanRefused } from '../errors.ts'
import { id } from '../fields/id.ts'
import { parseKey } from './known-hosts.ts'
import { atHome } from './ssh-config.ts'

/** The machines that plans may name. A plan never contains an address. */
export interface Inventory {
  readonly file: string
  readonly hosts: ReadonlyMap<string, InventoryHost>
}

/** A task queue of hosts: other names are those of the main queues of reinstate. */
export const TASK_QUEUE_NAME = /^(?!reinstate)[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
export const TASK_QUEUE_RULE =
  'must be a name of letters, digits, ".", "_" and "-" that does not begin with "reinstate"'

const host = z.strictObject({
  address: z
    .string()
    .regex(/^[A-Za-z0-9:][A-Za-z0-9.:_-]*$/, {
      error: 'must be a host name or an IP address',
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
  taskQueue: z.string().regex(TASK_QUEUE_NAME, { error: TASK_QUEUE_RULE }).optional(),
})

/** One host. `key` is absolute; `jump` names another host of the inventory. */
export type InventoryHost = {
  readonly [Field in keyof z.infer<typeof host>]: Exclude<z.infer<typeof host>[Field], undefined>
}

const inventory = z.strictObject({ hosts: z.record(id, host) })

/** Reads an inventory file. @throws PlanRefused with the position of every problem, or if the file cannot be read */
export async function readInventory(file: string): Promise<Inventory> {
  const refused = (code: string, message: string, hint: string): PlanRefused =>
    new PlanRefused([{ file, line: 1, column: 1, code, message, hint }])
  try {
    const { bytes, problem } = readTrusted(file)
    if (problem) throw refused('inventory', problem.message, problem.fix)
    return parseInventory(bytes.toString(), file)
  } catch (error) {
    if (error instanceof PlanRefused) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const [message, hint] =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? ['the inventory does not exist', 'create it with reinstate init HOST, or set REINSTATE_INVENTORY']
        : code === 'EISDIR'
          ? ['the inventory is a folder', 'set REINSTATE_INVENTORY to a file']
          : [error instanceof Error ? error.message : String(error), 'check its mode and owner']
    throw refused('inventory-missing', message, hint)
  }
}

/** Parses an inventory. Resolves keys relative to `file`. */
export function parseInventory(source: string, file: string): Inventory {
  const { value, places, problems } = readDocument(file, new TextEncoder().encode(source), {
    noMap: { code: 'inventory', message: 'is not a map of hosts', hint: INIT },
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

const INIT = 'reinstate init HOST writes an inventory'

/** Reports all problems of the schema with one code; a problem of a whole host at its name. */
function asInventory(all: Diagnostics, value: unknown): Diagnostics {
  return {
    ...all,
    at: (path, { message, hint = INIT }) =>
      (isScalarAt(value, path) ? all.at : all.atKey)(path, { code: 'inventory', message, hint }),
    atKey: (path, { message, hint = INIT }) => all.atKey(path, { code: 'inventory', message, hint }),
  }
}

function isScalarAt(value: unknown, path: Path): boolean {
  const found = valueAt(value, path)
  return found !== undefined && (found === null || typeof found !== 'object')
}

function written({ key, ...rest }: z.infer<typeof host>, file: string): InventoryHost {
  const absolute = key === undefined ? {} : { key: resolve(dirname(file), atHome(key)) }
  // zod omits absent fields, so none is undefined.
  return { ...rest, ...absolute } as InventoryHost
}

/** The fields of a connection, which a local host does not have. */
const NOT_OF_LOCAL = ['address', 'port', 'user', 'key', 'hostKey', 'jump'] as const

/** Cross-field validation. */
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
        hint: 'add address:, or "local: true"',
      })
    if (local !== true && jump !== undefined && !Object.hasOwn(hosts, jump))
      all.at([...at, 'jump'], {
        code: 'inventory',
        message: `jump "${jump}" is not a host of this inventory`,
        ...didYouMean(jump, Object.keys(hosts)),
      })
  }
}
