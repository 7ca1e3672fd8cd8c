import type { Host } from '../../src/host/host.ts'

/** The worker dies. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** A host whose worker dies when its n-th command has ended and before anybody heard of it; 0: before the first. */
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

/** A host that counts its commands. */
export function counting(host: Host): Host & { readonly names: string[] } {
  const names: string[] = []
  return { ...host, names, run: (name, ...rest) => (names.push(name), host.run(name, ...rest)) }
}
