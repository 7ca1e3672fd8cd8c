/** What is sent to the supervisor: see `read_input` in remote-run.sh. */
export interface CommandInput {
  readonly environment: string
  readonly journal: string
  readonly script: string
}

/** Lines of plain ASCII that `printf %b` turns back into exactly these bytes, and last their lengths. */
export function framedInput({ environment, journal, script }: CommandInput): string {
  const lines = [environment, oneLine(journal), script].map(escapedForPrintf)
  return [...lines, `END ${lines.map(({ length }) => length).join(' ')}`, ''].join('\n')
}

/** Bytes as `printf %b` reads them. Always four digits, so that no digit that follows is taken for one more. */
export function escapedForPrintf(text: string): string {
  const escapes = [...Buffer.from(text)].map((byte) => {
    if (byte === 10) return '\\n'
    if (byte === 92) return '\\\\'
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`
  })
  return escapes.join('')
}

/** The journal is listed line by line. */
function oneLine(json: string): string {
  return json === '' ? '' : JSON.stringify(JSON.parse(json))
}
