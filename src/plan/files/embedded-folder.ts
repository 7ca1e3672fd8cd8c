import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { decode } from '../../diagnostics/characters.ts'
import type { ProblemText } from '../../diagnostics/diagnostics.ts'
import { writeArchive, type ArchiveEntry } from '../../fields/archive.ts'
import { formatBytes } from '../../steps/format.ts'
import { dockerIgnore } from './docker-ignore.ts'
import { isFile, isFolder, MAX_FILE_BYTES, pathInside, type PlanFolder } from './plan-folder.ts'

const MAX_FILES = 2000

/** What may hold secrets is not carried, whatever is in it. Examples of env files are. */
const CONFIDENTIAL =
  /^(\.git|\.ssh|\.aws|\.docker|\.netrc|\.pgpass|id_(rsa|dsa|ecdsa|ed25519)|.*\.(p12|pfx|jks|keystore|key)|(.*\.)?env(\.(?!example$|sample$|template$|dist$).*)?)$/i

/** Docker sends these although .dockerignore may exclude them. */
const DOCKERFILE = /(^|\/)(Dockerfile(\.[^/]*)?|[^/]*\.Dockerfile)$/

type Result = { readonly bytes: Uint8Array } | { readonly problem: ProblemText }

/** Reads a folder in the plan's folder as an archive, without what its .dockerignore excludes. Reads each file as `folder` does. */
export function readFolder(folder: PlanFolder, name: string): Result {
  const top = pathInside(name, [folder.absolute('.')])
  // The plan's folder has no link on its way; one below it may lead out.
  if (isAbsolute(name) || top === undefined || (isFolder(top) && realpathSync(top) !== top))
    return refused('file-outside', `the folder "${name}" is not inside the plan's folder`)
  if (!isFolder(top)) return refused('file-missing', `there is no folder "${name}" in the folder of the plan`)
  const ignored = ignoredIn(folder, name, top)
  if ('problem' in ignored) return ignored

  const found: Found[] = []
  const problem = walk(top, '', { ...ignored, found, name })
  if (problem) return { problem }
  if (found.length === 0) return refused('file-missing', `the folder "${name}" holds no file`)
  const bytes = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (bytes > MAX_FILE_BYTES) return tooLarge(name, found, bytes)
  return archiveOf(folder, name, found)
}

interface Found {
  readonly path: string
  readonly sizeBytes: number
  readonly isExecutable: boolean
  readonly link?: string
}

interface Walk {
  readonly name: string
  readonly isIgnored: (path: string) => boolean
  /** Whether an excluded directory may hold files that are included again. */
  readonly hasExceptions: boolean
  readonly found: Found[]
}

/** Adds the files below a directory to `found`; returns the first problem. */
function walk(directory: string, below: string, to: Walk): ProblemText | undefined {
  for (const entry of readdirSync(directory).sort()) {
    const path = below === '' ? entry : `${below}/${entry}`
    const problem = visit(join(directory, entry), path, to)
    if (problem) return problem
    if (to.found.length > MAX_FILES)
      return {
        code: 'folder-too-large',
        message: `the folder "${to.name}" holds more than ${MAX_FILES} files, the last of them ${path}`,
        hint: ignoreHint(to.name),
      }
  }
  return undefined
}

function visit(at: string, path: string, to: Walk): ProblemText | undefined {
  const { name, isIgnored, hasExceptions, found } = to
  const stats = lstatSync(at)
  const isExcluded = isIgnored(path) && !(stats.isFile() && DOCKERFILE.test(path))
  if (isExcluded && !(stats.isDirectory() && hasExceptions)) return undefined
  const shown = `${name}/${path}`
  if (/[\u0000-\u001f\u007f]/.test(path))
    return { code: 'file-name', message: `a file name in ${name} holds a control character` }
  if (!isExcluded && CONFIDENTIAL.test(path.split('/').at(-1) ?? ''))
    return {
      code: 'folder-confidential',
      message: `${shown} may hold secrets, and the folder is stored with every run`,
      hint: `add it to ${name}/.dockerignore, or move it out of the folder`,
    }
  if (stats.isDirectory()) return walk(at, path, to)
  if (stats.isSymbolicLink()) {
    const link = readlinkSync(at)
    if (isAbsolute(link) || normalize(join(dirname(path), link)).startsWith('..'))
      return { code: 'file-outside', message: `${shown} is a link to ${link}, outside the folder "${name}"` }
    found.push({ path, sizeBytes: 0, isExecutable: false, link })
  } else if (stats.isFile()) {
    found.push({ path, sizeBytes: stats.size, isExecutable: (stats.mode & 0o100) !== 0 })
  } else return { code: 'file-missing', message: `${shown} is neither a file, a directory nor a link` }
  return undefined
}

function ignoredIn(
  folder: PlanFolder,
  name: string,
  top: string,
): Pick<Walk, 'isIgnored' | 'hasExceptions'> | { readonly problem: ProblemText } {
  if (!isFile(join(top, '.dockerignore'))) return { isIgnored: () => false, hasExceptions: false }
  const read = folder.read(`${name}/.dockerignore`)
  if ('problem' in read) return read
  const decoded = decode(`${name}/.dockerignore`, read.bytes)
  if ('problem' in decoded) return { problem: decoded.problem }
  return { isIgnored: dockerIgnore(decoded.text), hasExceptions: /^\s*!/m.test(decoded.text) }
}

function archiveOf(folder: PlanFolder, name: string, found: readonly Found[]): Result {
  const entries: ArchiveEntry[] = []
  for (const { path, link, isExecutable } of found) {
    const read = link === undefined ? folder.read(`${name}/${path}`) : { bytes: new Uint8Array() }
    if ('problem' in read) return read
    entries.push({ path, isExecutable, bytes: read.bytes, ...(link !== undefined && { link }) })
  }
  try {
    const bytes = writeArchive(entries)
    return bytes.length > MAX_FILE_BYTES ? tooLarge(name, found, bytes.length) : { bytes }
  } catch (error) {
    if (error instanceof RangeError) return refused('file-name', `in the folder "${name}", ${error.message}`)
    throw error
  }
}

function tooLarge(name: string, found: readonly Found[], bytes: number): Result {
  const largest = found
    .toSorted((one, other) => other.sizeBytes - one.sizeBytes)
    .slice(0, 3)
    .map(({ path, sizeBytes }) => `${path} (${formatBytes(sizeBytes)})`)
  return {
    problem: {
      code: 'folder-too-large',
      message: `the folder "${name}" has ${formatBytes(bytes)}, more than ${MAX_FILE_BYTES} bytes; its largest files: ${largest.join(', ')}`,
      hint: ignoreHint(name),
    },
  }
}

function ignoreHint(name: string): string {
  return `list in ${name}/.dockerignore what the build does not need`
}

function refused(code: string, message: string): { readonly problem: ProblemText } {
  return { problem: { code, message } }
}
