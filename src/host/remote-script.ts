import { createHash, randomBytes } from 'node:crypto'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import { quote } from '../shell/script.ts'
import { sourceText } from '../shell/source-text.ts'
import { commandLine, orAborted } from './channel.ts'
import type { LentChannel, Machine } from './channel.ts'
import { OutputTail } from './output-tail.ts'

const script = sourceText('host/remote-run.sh')
const hash = createHash('sha256').update(script).digest('hex').slice(0, 16)

/** One request to remote-run.sh. Its answer begins after the nonce, on both outputs. */
export interface ScriptCall {
  readonly lent: LentChannel
  readonly nonce: string
}

/**
 * Sends a request to remote-run.sh on the host. A new program ends without a nonce if the host lacks the script: then
 * call `sendScript`, and send the request again.
 */
export async function callScript(
  machine: Machine,
  words: readonly string[],
  input = '',
): Promise<ScriptCall> {
  const nonce = randomBytes(12).toString('hex')
  const program = [...machine.launch, 'sh', `${machine.root}/bin/${hash}`, 'serve']
  const lent = await machine.transport.borrow(program)
  lent.input.write(`${nonce} ${commandLine(words)}\n${input}`)
  return { lent, nonce }
}

/**
 * Writes remote-run.sh to the host, named by its hash: once for each host and version.
 * @throws HostNotReady if it cannot be written · HostUnreachable if the connection broke
 */
export async function sendScript(machine: Machine, signal: AbortSignal): Promise<void> {
  const channel = await machine.transport.open([...machine.launch, 'sh'])
  const [output, errors] = [new OutputTail(2048), new OutputTail(2048)]
  channel.output.on('data', (chunk: Buffer) => output.push(chunk))
  channel.errors.on('data', (chunk: Buffer) => errors.push(chunk))
  channel.input.end(installer(machine.root))
  const exitCode = await orAborted(channel.ended, signal, channel)
  if (output.text().includes(`sent ${hash}`)) return
  if (exitCode === undefined) throw new HostUnreachable(machine.name, 'the connection broke')
  throw new HostNotReady(machine.name, [
    `nothing can be written under ${machine.root}: ${errors.text().trim().split('\n').at(-1) || `sh ended with ${exitCode}`}`,
  ])
}

/** One compound command: a shell that receives only a part runs nothing. The file appears complete and durable, by rename. */
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
