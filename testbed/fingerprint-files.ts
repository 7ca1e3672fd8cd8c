import type { TestHost } from './test-host.ts'
import { fingerprintLine } from './fingerprint-line.ts'

/** Returns a line for each file, folder and link in these folders, and for `/` itself. */
export async function fileLines(
  testHost: TestHost,
  folders: readonly string[],
  exclude: readonly string[],
): Promise<readonly string[]> {
  const env = { FOLDERS: folders.join('\n'), EXCLUDE: exclude.join('\n') }
  const [entries = '', sums = ''] = (await testHost.must(LIST, { env })).split('\0\0\n')
  const sumOf = new Map(records(sums, 1).map(([record = '']) => [record.slice(66), record.slice(0, 64)]))
  return records(entries, 7).map(([path = '', type = '', mode, owner, size, links, target]) => {
    const isFile = type === 'f'
    return fingerprintLine(
      `file ${path}`,
      TYPES[type] ?? `type ${type}`,
      `mode ${mode}`,
      `owner ${owner}`,
      isFile ? `size ${size}` : undefined,
      isFile && links !== '1' ? `links ${links}` : undefined,
      isFile ? `sha256 ${sumOf.get(path)}` : undefined,
      type === 'l' ? `to ${target}` : undefined,
    )
  })
}

const TYPES: Readonly<Record<string, string>> = { f: 'regular', d: 'folder', l: 'symlink' }

// Names may contain line feeds: NUL ends each field; two NULs and a line feed end the list.
const LIST = String.raw`
set -u
IFS='
'
set -f
set --
for path in $EXCLUDE; do set -- "$@" -path "$path" -prune -o; done
# A folder that is not there is told apart by its missing line.
list() { find $FOLDERS "$@" 2>/dev/null; }
find / -maxdepth 0 -printf '%p\0%y\0%#m\0%U:%G\0%s\0%n\0%l\0'
list "$@" -printf '%p\0%y\0%#m\0%U:%G\0%s\0%n\0%l\0'
printf '\0\0\n'
list "$@" -type f -print0 | xargs -0 -r sha256sum -z
`

function records(text: string, fields: number): readonly (readonly string[])[] {
  const words = text.split('\0')
  const count = Math.floor(words.length / fields)
  return Array.from({ length: count }, (_, index) => words.slice(index * fields, (index + 1) * fields))
}
