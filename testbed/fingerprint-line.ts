/** A line of a fingerprint: what it is about, then what is true of it, each with its own first word. */
export function fingerprintLine(subject: string, ...facts: readonly (string | undefined)[]): string {
  return [subject, ...facts.filter((fact) => fact !== undefined)].map(onOneLine).join(SEPARATOR)
}

/** The parts of a line again. */
export function partsOf(line: string): { readonly subject: string; readonly facts: readonly string[] } {
  const [subject = '', ...facts] = line.split(SEPARATOR)
  return { subject, facts }
}

const SEPARATOR = ' | '

/** File names hold anything, so also line feeds and our separator. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}|\\]/gu, (character) =>
    JSON.stringify(character).slice(1, -1).replace('|', '\\u007c'),
  )
}
