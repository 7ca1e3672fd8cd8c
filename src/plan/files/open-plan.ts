import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { PlanRefused } from '../../errors.ts'
import type { FoundPlan } from './find-plan.ts'
import type { ProblemText } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { isFile, LIMIT_BYTES } from './on-disk.ts'

/** What a plan may read: itself and the files beside it. */
export interface PlanFolder {
  /** The plan file as it is shown to people. */
  readonly file: string
  readonly bytes: Uint8Array
  /** A file beside the plan, by its name in the plan. Nothing outside of the folder is read. */
  read(name: string): { readonly bytes: Uint8Array } | { readonly wrong: ProblemText }
  absolute(name: string): string
  shown(name: string): string
}

/** Opens a plan. @throws PlanRefused for a file that cannot be read or is too large */
export function openPlan({ file }: FoundPlan): PlanFolder {
  const folder = realpathSync(dirname(file))
  const shown = (path: string): string => {
    const short = relative(process.cwd(), path)
    return short.startsWith('..') ? path : short
  }
  const bytes = readWhole(file, basename(file))
  if ('wrong' in bytes) throw new PlanRefused([{ file: shown(file), line: 1, column: 1, ...bytes.wrong }])
  return {
    file: shown(file),
    bytes: bytes.bytes,
    read: (name) => readBeside(folder, name),
    absolute: (name) => resolve(folder, name),
    shown: (name) => shown(join(dirname(file), name)),
  }
}

function readBeside(folder: string, name: string): { bytes: Uint8Array } | { wrong: ProblemText } {
  const outside = { code: 'file-outside', message: `the file "${name}" is not inside the plan's folder` }
  if (isAbsolute(name) || name.split(/[/\\]/).includes('..')) return { wrong: outside }
  const path = join(folder, name)
  if (!existsSync(path)) {
    const there = existsSync(dirname(path)) ? readdirSync(dirname(path)) : readdirSync(folder)
    const message = `there is no file "${name}" beside the plan`
    return { wrong: { code: 'file-missing', message, ...didYouMean(basename(name), there) } }
  }
  // A link may lead out of the folder.
  const real = realpathSync(path)
  if (!real.startsWith(folder + sep)) return { wrong: outside }
  return readWhole(real, name)
}

function readWhole(path: string, name: string): { bytes: Uint8Array } | { wrong: ProblemText } {
  const wrong = (code: string, message: string): { wrong: ProblemText } => ({ wrong: { code, message } })
  try {
    if (!isFile(path)) return wrong('file-missing', `${name} is not a file`)
    if (statSync(path).size > LIMIT_BYTES)
      return wrong('file-too-large', `${name} is larger than ${LIMIT_BYTES} bytes`)
    return { bytes: readFileSync(path) }
  } catch (error) {
    return wrong(
      'file-unreadable',
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
