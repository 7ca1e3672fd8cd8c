import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HostNotReady } from '../errors.ts'
import { question } from '../shell/command.ts'
import { written } from '../shell/script.ts'
import type { Machine } from './channel.ts'
import type { HostFacts } from './host.ts'
import { askHost } from './questions.ts'
import type { AskOptions, Reply } from './questions.ts'

// Slower than this and every single question of a plan pays for it; ten times slower calls have been seen to stall.
const QUICK_LOGIN_MS = 2000

const script = written(readFileSync(join(import.meta.dirname, 'check.sh'), 'utf8'))

/** What each word of check.sh means to who has to fix it. */
const advice: Readonly<Record<string, (detail: string) => string>> = {
  root: (user) =>
    `it is entered as ${user}, who is not root; enter as root, or set "become: true" and allow sudo -n`,
  tool: (tool) => `it has no ${tool}; install it`,
  proc: () => 'it has no readable /proc; only Linux hosts are served',
  links: (root) => `${root} is on a file system without hard links; mount another one there`,
  rename: (root) =>
    `a directory under ${root} cannot be renamed with mv -T; use another file system, or newer coreutils`,
  disk: (root) => `${root} is in memory, and a reboot would erase what was done; mount a disk there`,
  space: (left) => `only ${left} are free; make room for 100 MiB`,
  write: (root) => `nothing can be written under ${root}; is the disk full or read-only?`,
  docker: (said) => `Docker does not answer (${said.trim()}); start it, or install Docker Engine`,
  rootful: () => 'its Docker engine is rootless; only a rootful one is served, for volumes belong to root',
  compose: (found) =>
    `it has no Compose v2 (found: ${found.trim()}); install the package docker-compose-plugin or docker-compose-v2`,
}

/** Looks in one exec whether a host has what every plan needs. @throws HostNotReady naming all that lacks, with what to do */
export async function checkHost(
  machine: Machine,
  asker: AskOptions,
  { docker }: { readonly docker: 'needed' | 'not needed' },
): Promise<HostFacts> {
  const environment = { root: machine.root, docker }
  const reply = await askHost(machine, question(script, { environment, timeoutSeconds: 60 }), {
    ...asker,
    fresh: true,
  })
  const lines = reply.stdout.split('\n')
  const fact = (word: string): string =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? ''
  const lacks = [...loginLacks(reply), ...lines.filter((line) => line.startsWith('lacks ')).map(lack)]
  if (reply.exit !== '0') lacks.push(`looking at it ended with ${reply.exit}: ${reply.stderr.trim()}`)
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

/** bash reads ~/.bashrc under sshd even for a single command. */
function loginLacks({ noise, loginMs }: Reply): readonly string[] {
  const where =
    'in ~/.bashrc and the like, leave early when the shell is not interactive: case $- in *i*) ;; *) return ;; esac'
  const seconds = (loginMs / 1000).toFixed(1)
  return [
    ...(noise.trim() === ''
      ? []
      : [`its login shell prints ${JSON.stringify(noise.trim().slice(0, 200))}; ${where}`]),
    ...(loginMs <= QUICK_LOGIN_MS
      ? []
      : [`its login shell takes ${seconds} s to begin with a command; ${where}`]),
  ]
}
