/** A file of a folder, or a symbolic link. */
export interface ArchiveEntry {
  /** Relative, with `/`; at most 100 bytes, or 155 more in a directory. */
  readonly path: string
  readonly isExecutable: boolean
  readonly bytes: Uint8Array
  /** The target of a symbolic link, which has no bytes. */
  readonly link?: string
}

const BLOCK = 512

/**
 * Writes a tar (ustar) that depends on paths, bytes and the executable bit only: entries by path, owner root, modes 644 and 755,
 * time 0. @throws RangeError for a path or a link that the format cannot hold
 */
export function writeArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  const sorted = entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  const parts = sorted.flatMap((entry) => {
    const rest = entry.bytes.length % BLOCK
    return [headerOf(entry), entry.bytes, new Uint8Array(rest === 0 ? 0 : BLOCK - rest)]
  })
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)])
}

/** Reads an archive that `writeArchive` wrote. */
export function readArchive(bytes: Uint8Array): readonly ArchiveEntry[] {
  const archive = Buffer.from(bytes)
  const entries: ArchiveEntry[] = []
  for (let at = 0; at < archive.length && archive[at] !== 0;) {
    const field = (start: number, length: number): string =>
      archive.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '')
    const size = parseInt(field(124, 12), 8)
    const content = archive.subarray(at + BLOCK, at + BLOCK + size)
    const [prefix, link] = [field(345, 155), field(157, 100)]
    entries.push({
      path: prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`,
      isExecutable: field(100, 8).startsWith('0000755'),
      bytes: content,
      ...(link !== '' && { link }),
    })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return entries
}

function headerOf({ path, isExecutable, bytes, link }: ArchiveEntry): Uint8Array {
  const header = Buffer.alloc(BLOCK)
  const { prefix, name } = splitPath(path)
  if (Buffer.byteLength(link ?? '') > 100) throw new RangeError(`the link ${path} is too long`)
  header.write(name, 0)
  header.write(isExecutable ? '0000755\0' : '0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write(' '.repeat(8), 148)
  header.write(link === undefined ? '0' : '2', 156)
  header.write(link ?? '', 157)
  header.write('ustar\x0000', 257)
  header.write(prefix, 345)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Of a long path, the directory is in a field of its own. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const slashes = [...path.matchAll(/\//g)].map(({ index }) => index)
  for (const at of slashes) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { prefix, name }
  }
  throw new RangeError(`the path ${path} is too long`)
}
