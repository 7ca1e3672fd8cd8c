/** Formats a line of a fingerprint: the subject, then its properties, each with its own first word. */
export function fingerprintLine(subject: string, ...facts: readonly (string | undefined)[]): string {
  return [subject, ...facts.filter((fact) => fact !== undefined)].map(onOneLine).join(SEPARATOR)
}

/** Parses a line. */
export function partsOf(line: string): { readonly subject: string; readonly facts: readonly string[] } {
  const [subject = '', ...facts] = line.split(SEPARATOR)
  return { subject, facts }
}

const SEPARATOR = ' | '

/** File names may contain line feeds and the separator. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}|\\]/gu, (character) =>
    JSON.stringify(character).slice(1, -1).replace('|', '\\u007c'),
  )
}
