import { HostNotReady } from '../errors.ts'
import { question } from '../shell/command.ts'
import { written } from '../shell/script.ts'
import { sourceText } from '../shell/source-text.ts'
import type { Machine } from './channel.ts'
import type { HostFacts } from './host.ts'
import { askHost } from './questions.ts'
import type { AskOptions, Reply } from './questions.ts'

// Every login pays for a slow login script.
const QUICK_LOGIN_MS = 2000

const script = written(sourceText('host/check.sh'))

/** The message for each word of check.sh. */
const advice: Readonly<Record<string, (detail: string) => string>> = {
  root: (user) =>
    `the login user ${user} is not root; log in as root, or set "become: true" and allow sudo -n`,
  tool: (tool) => `${tool} is missing; install it`,
  proc: () => '/proc is not readable; a host must run Linux',
  links: (root) => `${root} is on a file system without hard links; mount another one there`,
  rename: (root) =>
    `a directory under ${root} cannot be renamed with mv -T; use another file system, or newer coreutils`,
  disk: (root) => `${root} is in memory, and a reboot would erase the receipts; mount a disk there`,
  space: (left) => `only ${left} are free; make room for 100 MiB`,
  write: (root) => `${root} is not writable; check whether the disk is full or read-only`,
  docker: (error) => `Docker does not answer (${error.trim()}); start it, or install Docker Engine`,
  rootful: () => 'its Docker engine is rootless; volumes need a rootful one',
  compose: (found) =>
    `Compose v2 is missing (found: ${found.trim()}); install the package docker-compose-plugin or docker-compose-v2`,
}

/** Checks the requirements of every plan in one login. @throws HostNotReady with everything that is missing, and what to do */
export async function checkHost(
  machine: Machine,
  options: AskOptions,
  { docker }: { readonly docker: 'needed' | 'not needed' },
): Promise<HostFacts> {
  const environment = { root: machine.root, docker }
  const reply = await askHost(machine, question(script, { environment, timeoutSeconds: 60 }), {
    ...options,
    fresh: true,
  })
  const lines = reply.stdout.split('\n')
  const fact = (word: string): string =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? ''
  const lacks = [...loginLacks(reply), ...lines.filter((line) => line.startsWith('lacks ')).map(lack)]
  if (reply.exit !== '0') lacks.push(`the check failed with exit code ${reply.exit}: ${reply.stderr.trim()}`)
  if (lacks.length > 0) throw new HostNotReady(machine.name, lacks)
  return {
    host: machine.name,
    system: fact('system'),
    docker: fact('docker'),
    compose: fact('compose'),
    freeBytes: Number(fact('free')) * 1024,
  }
}

function lack(line: string): string {
  const [, word = '', detail = ''] = /^lacks (\S+) (.*)$/.exec(line) ?? []
  return advice[word]?.(detail) ?? line
}

/** Problems of login scripts: under sshd, bash reads ~/.bashrc even for a single command. */
function loginLacks({ noise, loginMs }: Reply): readonly string[] {
  const where =
    'return early from ~/.bashrc if the shell is not interactive: case $- in *i*) ;; *) return ;; esac'
  const seconds = (loginMs / 1000).toFixed(1)
  return [
    ...(noise.trim() === ''
      ? []
      : [`its login shell prints ${JSON.stringify(noise.trim().slice(0, 200))}; ${where}`]),
    ...(loginMs <= QUICK_LOGIN_MS ? [] : [`its login shell takes ${seconds} s to start a command; ${where}`]),
  ]
}
