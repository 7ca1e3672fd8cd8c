import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHosts } from '../src/host/hosts.ts'
import type { AllHosts, HostsOptions } from '../src/host/hosts.ts'
import { parseInventory } from '../src/host/inventory.ts'

export const shells = ['dash', 'bash', 'busybox'] as const
export type Shell = (typeof shells)[number]

/** This machine as a host, with its root in a temporary directory and the given shell as `sh`. */
export interface Local {
  readonly directory: string
  readonly root: string
  /** Its `sh`, a link to the shell. */
  readonly shell: string
  /** The file of the boot id. Write to it to simulate a reboot. */
  readonly bootIdFile: string
  hosts(
    options?: Partial<HostsOptions> & { readonly environment?: Readonly<Record<string, string>> },
  ): AllHosts
  /** Returns the words that start a program with this host's shell and boot id, and additional variables. */
  environment(more?: Readonly<Record<string, string>>): readonly string[]
  remove(): void
}

export function makeLocal(shell: Shell = 'dash'): Local {
  const directory = mkdtempSync(join(tmpdir(), 'reinstate-local-'))
  const [root, bin, bootIdFile] = [
    join(directory, 'root'),
    join(directory, 'bin'),
    join(directory, 'boot_id'),
  ]
  mkdirSync(bin)
  writeFileSync(bootIdFile, 'boot-1\n')
  installShell(shell, bin)
  const inventory = parseInventory('{ hosts: { here: { local: true } } }', join(directory, 'inventory.yaml'))
  function environment(more: Readonly<Record<string, string>> = {}): readonly string[] {
    const own = { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, REINSTATE_BOOT_ID_FILE: bootIdFile }
    return ['env', ...Object.entries({ ...own, ...more }).map(([name, value]) => `${name}=${value}`)]
  }

  return {
    ...{ directory, root, bootIdFile },
    shell: join(bin, 'sh'),
    environment,
    hosts: ({ environment: more, ...options } = {}) => {
      const launch = environment(more)
      return openHosts({
        inventory,
        root,
        launch,
        knownHosts: join(directory, 'known_hosts'),
        patienceSeconds: 5,
        ...options,
      })
    },
    remove: () => removeWhole(directory),
  }
}

/** With busybox, its applets mv, ln, sync … are used as well, as on Alpine. */
function installShell(shell: Shell, bin: string): void {
  const path = execFileSync('sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' }).trim()
  symlinkSync(path, join(bin, 'sh'))
  if (shell !== 'busybox') return
  for (const applet of execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'sh' && applet !== 'env') symlinkSync(path, join(bin, applet))
  }
  chmodSync(bin, 0o755)
}

/** Removes a directory in which the supervisor of a command may still write its last file. */
function removeWhole(directory: string, tries = 40): void {
  try {
    rmSync(directory, { recursive: true, force: true })
  } catch (error) {
    if (tries === 0) throw error
    execFileSync('sleep', ['0.05'])
    removeWhole(directory, tries - 1)
  }
}
