import { setTimeout as wait } from 'node:timers/promises'

const SECONDS = 240

/** Looks again and again until it is as it should be, or for four minutes; answers what was seen last. */
export async function patiently<Seen>(
  look: () => Promise<Seen>,
  isWell: (seen: Seen) => boolean,
): Promise<Seen> {
  for (const until = Date.now() + SECONDS * 1000; ; await wait(300)) {
    const seen = await look()
    if (isWell(seen) || Date.now() > until) return seen
  }
}
