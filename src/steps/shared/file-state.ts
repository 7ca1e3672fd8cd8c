import { z } from 'zod'

const line = z.string().regex(/^\d+ \d+ \d+ \S+ \S+$/)

export interface FileOwner {
  readonly user: string
  readonly group: string
}

export interface Access {
  readonly mode: string
  /** User and group ids, as `chown` takes them: `0:0`. */
  readonly numbers: string
  /** User and group names: `root:root`. */
  readonly names: string
}

/** Parses the output of `stat -c '%a %u %g %U %G'`. */
export function readAccess(text: string): Access {
  const [mode = '', userId = '', groupId = '', user = '', group = ''] = line.parse(text).split(' ')
  return { mode, numbers: `${userId}:${groupId}`, names: `${user}:${group}` }
}

/** Whether a file has this owner, given by name or by id. */
export function isOwnedBy({ numbers, names }: Access, { user, group }: FileOwner): boolean {
  const [userId, groupId] = numbers.split(':')
  const [userName, groupName] = names.split(':')
  return (user === userId || user === userName) && (group === groupId || group === groupName)
}

/** The difference from the wanted access, or undefined: `its mode is 700, not 755`. */
export function accessProblem(
  access: Access,
  wanted: { readonly mode?: string | undefined; readonly owner?: FileOwner | undefined },
): string | undefined {
  if (wanted.mode !== undefined && access.mode !== wanted.mode)
    return `its mode is ${access.mode}, not ${wanted.mode}`
  if (wanted.owner && !isOwnedBy(access, wanted.owner)) {
    return `its owner is ${access.names}, not ${wanted.owner.user}:${wanted.owner.group}`
  }
  return undefined
}
