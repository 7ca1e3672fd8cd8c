/** Whether a path is the directory or is inside it. */
export function isIn(directory: string, path: string): boolean {
  return `${path}/`.startsWith(`${directory}/`)
}

/** Whether two paths are equal, or one is inside the other. */
export function overlap(one: string, other: string): boolean {
  return isIn(one, other) || isIn(other, one)
}
