import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

// src/shell or dist/src/shell; in the bundle of the CLI, dist.
const here = import.meta.dirname
const source = basename(here) === 'shell' ? join(here, '..') : join(here, 'src')

/** Returns the text of a file that lies among the code: a shell script, an awk program, SQL. `path` is relative to src. */
export function sourceText(path: string): string {
  return readFileSync(join(source, path), 'utf8')
}
