import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReinstateError } from '../../src/errors.ts'
import type { Binding } from '../../src/host/host.ts'
import type { AllHosts } from '../../src/host/hosts.ts'
import { framedInput } from '../../src/host/command-frame.ts'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import type { Local } from '../../testbed/local.ts'
import type { ProcessNamespace } from '../../testbed/process-namespace.ts'
import { processes } from '../../testbed/processes.ts'
import type { Process } from '../../testbed/processes.ts'
import { sleep } from '../../testbed/sshd.ts'
import { binding } from './binding.ts'

/** A command in its own root. It prints `begun`, waits for `letItEnd`, and prints `ended`. */
export interface Scene {
  readonly to: ReturnType<typeof binding>
  readonly namespace: ProcessNamespace
  /** New connections, as of a new worker, with these variables for remote programs. */
  hosts(environment?: Readonly<Record<string, string>>): AllHosts
  /** Runs the command or attaches to it. Returns the outcome and, after a colon, `b` and `e` for each start and end. */
  call(hosts: AllHosts, of?: Partial<Binding>): Promise<string>
  /** Sends half of the request and disconnects. Same result. */
  callHalf(): string
  letItEnd(): void
  begun(): Promise<void>
  /** The receipt of the first attempt. */
  receipt(): string
  /** The supervisor's PID in the namespace. */
  supervisor(): string
  /** Kills the programs that answer on the host. Returns their number. */
  cutConnections(): number
  reboot(): void
  close(): Promise<void>
}

export function crashScene(local: Local, namespace: ProcessNamespace, name: string): Scene {
  const directory = join(local.directory, name)
  const [root, effect, gate, bootIdFile] = [
    join(directory, 'root'),
    join(directory, 'effect'),
    join(directory, 'gate'),
    join(directory, 'boot_id'),
  ]
  mkdirSync(directory)
  writeFileSync(effect, '')
  writeFileSync(bootIdFile, 'boot-1\n')
  const to = binding()
  const opened: AllHosts[] = []
  const effects = (): string => readFileSync(effect, 'utf8')
  const script = sh`printf b >>${effect}; echo begun
while ! [ -e ${gate} ]; do sleep 0.05; done
printf e >>${effect}; echo ended`
  const launched = (more: Readonly<Record<string, string>> = {}): readonly string[] => [
    ...namespace.enter,
    ...local.environment({ REINSTATE_BOOT_ID_FILE: bootIdFile, ...more }),
  ]
  const receipt = (): string => join(root, 'runs', `${to.runToken}_${to.phase}_${to.step}_1_copy`)
  const supervisor = (): string =>
    readdirSync(receipt())
      .find((name) => name.startsWith('owner.'))
      ?.split('.')[1] ?? ''

  return {
    ...{ to, namespace, receipt, supervisor },
    hosts(environment) {
      // With a failpoint every request fails: short patience. Otherwise long, for a busy machine.
      const patienceSeconds = environment === undefined ? 120 : 0.3
      const hosts = local.hosts({ root, launch: launched(environment), patienceSeconds })
      opened.push(hosts)
      return hosts
    },
    async call(hosts, of = {}) {
      try {
        const { stdout } = await hosts.bind('here', { ...to, ...of }).run('copy', command(script))
        return `${stdout === 'begun\nended\n' ? 'done' : JSON.stringify(stdout)}: ${effects()}`
      } catch (error) {
        if (!(error instanceof ReinstateError)) throw error
        const { state } = error.data
        return `${error.name}${typeof state === 'string' ? ` ${state}` : ''}: ${effects()}`
      }
    },
    callHalf() {
      const program = join(root, 'bin', 'script')
      mkdirSync(join(root, 'bin'), { recursive: true })
      copyFileSync(join(import.meta.dirname, '../../src/host/remote-run.sh'), program)
      const input = framedInput({ environment: '', journal: '', script: script.text })
      const request = `nonce run ${to.runToken}_${to.phase}_${to.step}_1_copy 60 1000\n`
      const [first = '', ...words] = [...launched(), 'sh', program, 'serve']
      const half = request + input.slice(0, input.length / 2)
      const { stdout } = spawnSync(first, words, { input: half, encoding: 'utf8' })
      return `${/^state (\S+)/m.exec(stdout)?.[1]}: ${effects()}`
    },
    letItEnd: () => writeFileSync(gate, ''),
    async begun() {
      while (effects() === '') await sleep(20)
    },
    cutConnections() {
      return killAll(({ commandLine }) => commandLine.includes(`${root}/`) && commandLine.endsWith(' serve'))
    },
    reboot() {
      writeFileSync(bootIdFile, 'boot-2\n')
      // Supervisors first: a power cut leaves them no time to record an end.
      killAll(({ commandLine }) => commandLine.includes(`${root}/`) && commandLine.endsWith(' supervise'))
      killAll(({ commandLine }) => commandLine.includes(root))
    },
    close: async () => void (await Promise.all(opened.map((hosts) => hosts.close()))),
  }
}

/** Returns the number of killed processes. */
function killAll(wanted: (one: Process) => boolean): number {
  const found = processes().filter(wanted)
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has already ended.
    }
  }
  return found.length
}
