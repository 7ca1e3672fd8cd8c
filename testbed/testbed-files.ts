import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A path below testbed/ in the repository; the code may run from there, or compiled from dist/. */
export function testbedFile(...parts: readonly string[]): string {
  return join(repositoryRoot(import.meta.dirname), 'testbed', ...parts)
}

function repositoryRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : repositoryRoot(dirname(folder))
}
