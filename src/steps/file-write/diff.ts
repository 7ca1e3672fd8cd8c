import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { sh } from '../../shell/script.ts'
import { hideSecrets } from './hide-secrets.ts'
import { lineDiff } from './line-diff.ts'

const MOST_BYTES = 65_536
const MOST_LINES = 30
const MOST_CHARACTERS = 200

interface Writing {
  readonly path: string
  readonly sizeBytes: number
  readonly content: { readonly base64: string; readonly sizeBytes: number }
}

/** What a file that is written over loses and gets, as the lines of a diff in which no secret is seen. */
export async function diffOfFile(
  { path, sizeBytes, content }: Writing,
  host: HostView,
): Promise<readonly string[]> {
  if (Math.max(sizeBytes, content.sizeBytes) > MOST_BYTES) return ['too large to show what differs']
  // As text, so that secrets that the plan knows are replaced on the way.
  const before = await host.ask(question(sh`head -c ${MOST_BYTES} -- ${path}`))
  const bytes = Uint8Array.from(atob(content.base64), (character) => character.charCodeAt(0))
  const after = new TextDecoder().decode(bytes)
  if (/[\0\uFFFD]/.test(before + after)) return ['no text: what differs is not shown']
  const lines = lineDiff(before, after, hideSecrets).map(printable)
  return lines.length > MOST_LINES
    ? [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`]
    : lines
}

/** An escape of a file must not reach a terminal. */
function printable(line: string): string {
  const shown = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    character === '\t' ? '  ' : '·',
  )
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown
}
