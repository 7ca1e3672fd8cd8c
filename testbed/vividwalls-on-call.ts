import type { Choice, Decision } from '../src/workflows/status.ts'
import type { TestHost } from './test-host.ts'

/** Does what a question says is to be done before a step is tried again: starts what an engine's death left down. */
export async function doAsItSays(
  { testHost }: { readonly testHost: TestHost },
  asked: Decision,
): Promise<void> {
  const [, names] = /docker start ([\w. -]+)/.exec(asked.shows.join('\n')) ?? []
  if (names !== undefined) await testHost.must(`docker start ${names}`)
}

/** Whether a question is a gate or an attestation: what continues after an approval. */
export function mayBeApproved({ choices }: Decision): boolean {
  return offers({ choices }, 'approve')
}

export function offers({ choices }: Pick<Decision, 'choices'>, wanted: Choice): boolean {
  return choices.some(({ choice }) => choice === wanted)
}
