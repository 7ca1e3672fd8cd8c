/**
 * Returns which paths a .dockerignore excludes, as Docker reads it: the last line that matches a path, or a directory above it,
 * decides; `!` includes again.
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const patterns = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ includes: line.startsWith('!'), matches: expressionOf(line.replace(/^!\s*/, '')) }))
  return (path) => {
    const all = path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))
    const last = patterns.findLast(({ matches }) => all.some((one) => matches.test(one)))
    return last !== undefined && !last.includes
  }
}

/** `*` and `?` match no slash; `**` matches any number of directories. */
function expressionOf(pattern: string): RegExp {
  const clean = pattern.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')
  const source = clean.replace(
    /\*\*\/|\*\*|\*|\?|\[\^?[^\]]+\]|\\.|[.+^${}()|[\]\\]/g,
    (found) => WILDCARDS[found] ?? (/^\[.|^\\./.test(found) ? found : `\\${found}`),
  )
  try {
    return new RegExp(`^${source}$`)
  } catch {
    // A class that is no valid class matches itself only.
    return new RegExp(`^${clean.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
  }
}

const WILDCARDS: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}
