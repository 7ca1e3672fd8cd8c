import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { askDocker, TestbedFailed } from './outer-docker.ts'

interface Machine {
  readonly name: string
  readonly sshPort: number
  readonly hasEngine: boolean
}

const WITHIN_SECONDS = 240

/** Waits until a test host has booted, its sshd greets and its engine answers. @throws TestbedFailed with what it said */
export async function waitUntilUp({ name, sshPort, hasEngine }: Machine): Promise<void> {
  const engine = hasEngine ? '&& docker info' : ''
  // One loop inside: an exec from outside for each question would take longer than the boot.
  const script = `until { test -e /run/testbed/booted ${engine}; } >/dev/null 2>&1; do sleep 0.05; done`
  const { exitCode, stderr } = await askDocker([
    'exec',
    name,
    'timeout',
    `${WITHIN_SECONDS}`,
    'sh',
    '-c',
    script,
  ])
  if (exitCode !== 0) throw new TestbedFailed(`${name} did not come up: ${stderr}\n${await lastWords(name)}`)

  const deadline = Date.now() + WITHIN_SECONDS * 1000
  while (!(await greets(sshPort))) {
    if (Date.now() > deadline) throw new TestbedFailed(`sshd of ${name} does not answer on port ${sshPort}`)
    await wait(50)
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (bytes) => end(bytes.toString().startsWith('SSH-2.0')))
    for (const event of ['error', 'timeout', 'end', 'close']) socket.once(event, () => end(false))
  })
}

async function lastWords(name: string): Promise<string> {
  const [container, engine] = await Promise.all([
    askDocker(['logs', '--tail', '10', name]),
    askDocker(['exec', name, 'tail', '-n', '10', '/var/log/dockerd.log']),
  ])
  return [container.stdout, container.stderr, engine.stdout].filter(Boolean).join('\n')
}
