import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import { quote } from '../shell/script.ts'
import { commandLine } from './channel.ts'
import type { LentChannel, Machine } from './channel.ts'

const script = readFileSync(join(import.meta.dirname, 'remote-run.sh'), 'utf8')
const hash = createHash('sha256').update(script).digest('hex').slice(0, 16)

/** One request to remote-run.sh. What comes before the nonce, on either output, is not its answer. */
export interface ScriptCall {
  readonly lent: LentChannel
  readonly nonce: string
}

/**
 * Asks remote-run.sh on the host, by its hash: one that waits for a request, or a new one.
 * Where the script is not there yet a new one ends without a nonce, and `sendScript` is next.
 */
export async function callScript(
  machine: Machine,
  words: readonly string[],
  input = '',
): Promise<ScriptCall> {
  const nonce = randomBytes(12).toString('hex')
  const lent = await machine.transport.borrow([
    ...machine.launch,
    'sh',
    `${machine.root}/bin/${hash}`,
    'serve',
  ])
  lent.input.write(`${nonce} ${commandLine(words)}\n${input}`)
  return { lent, nonce }
}

/**
 * Puts remote-run.sh on the host, under its own hash: once for each host and version.
 * @throws HostNotReady where it cannot be written · HostUnreachable where the connection broke
 */
export async function sendScript(machine: Machine): Promise<void> {
  const channel = await machine.transport.open([...machine.launch, 'sh'])
  channel.input.end(installer(machine.root))
  const [said, errors, exitCode] = await Promise.all([
    text(channel.output),
    text(channel.errors),
    channel.ended,
  ])
  if (said.includes(`sent ${hash}`)) return
  if (exitCode === undefined) throw new HostUnreachable(machine.name, 'the connection broke')
  throw new HostNotReady(machine.name, [
    `nothing can be kept under ${machine.root}: ${errors.trim().split('\n').at(-1) || `sh ended with ${exitCode}`}`,
  ])
}

/** One compound command: a shell that gets only a part of it does nothing. It is moved into place whole and durable. */
function installer(root: string): string {
  const [part, whole] = [`${root}/bin/.${hash}.$$`, `${root}/bin/${hash}`]
  return `{
  umask 077
  mkdir -p ${root}/bin ${root}/originals && printf %s ${quote(script)} >${part} &&
    [ "$(wc -c <${part})" -eq ${Buffer.byteLength(script)} ] && { sync ${part} 2>/dev/null || sync; } &&
    mv -f ${part} ${whole} && echo sent ${hash}
  exit
}
`
}
