import { CommandFailed, OutcomeUnknown } from '../../src/errors.ts'
import type { Host } from '../../src/host/host.ts'

/** The worker dies. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** A host whose worker dies after the end of its n-th command, before it gets the result; 0: before the first. */
export function crashingAfter(host: Host, commands: number): Host {
  let ended = 0
  return {
    ...host,
    run: async (...command) => {
      if (commands === 0) throw new Crash()
      const answer = await host.run(...command)
      if (++ended === commands) throw new Crash()
      return answer
    },
  }
}

/** A host on which one command, by its position, is killed before the n-th program that it starts. */
export function killedInside(host: Host, at: { readonly command: number; readonly program: number }): Host {
  let begun = 0
  return {
    ...host,
    run: async (name, command, progress) => {
      if (++begun !== at.command) return await host.run(name, command, progress)
      try {
        return await host.run(name, { ...command, script: killing(at.program) + command.script }, progress)
      } catch (error) {
        throw (error instanceof CommandFailed && /137/.test(error.message)) || error instanceof OutcomeUnknown
          ? new Crash()
          : error
      }
    },
  }
}

/** Whether the promise rejects with Crash; rethrows any other error. */
export async function crashes(doing: Promise<unknown>): Promise<boolean> {
  try {
    await doing
    return false
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  }
}

/** A host that counts its commands. */
export function counting(host: Host): Host & { readonly names: string[] } {
  const names: string[] = []
  return { ...host, names, run: (name, ...rest) => (names.push(name), host.run(name, ...rest)) }
}

const programs = 'base64 chmod chown cp docker mkdir mv rm rmdir rsync sync timeout'

function killing(program: number): string {
  const words = programs.split(' ').map((name) => `${name}() { met; command ${name} "$@"; }`)
  return `programs=0
met() { programs=$((programs + 1)); [ $programs -ne ${program} ] || { kill -KILL $$; exit 137; }; }
${words.join('\n')}
`
}
