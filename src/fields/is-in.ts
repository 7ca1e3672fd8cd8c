/** Whether a path is this directory, or lies in it. */
export function isIn(directory: string, path: string): boolean {
  return `${path}/`.startsWith(`${directory}/`)
}

/** Whether two paths are the same, or one lies in the other. */
export function overlap(one: string, other: string): boolean {
  return isIn(one, other) || isIn(other, one)
}
