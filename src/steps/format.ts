/** `1 service`, `3 services`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `1.4 GB`, `312 bytes`: decimal units, one decimal place. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const size = bytes / 1000 ** power
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`
}

/** Cuts a line to at most `most` characters, with an ellipsis at the cut. */
export function truncate(line: string, most = 160): string {
  if (line.length <= most) return line
  // A cut inside a surrogate pair would leave half a character.
  const kept = line.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, '')
  return `${kept.trimEnd()}…`
}
