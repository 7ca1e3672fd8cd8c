import { setTimeout as wait } from 'node:timers/promises'

const SECONDS = 240

/** Polls until the value is as expected, for at most four minutes. Returns the last value. */
export async function patiently<Seen>(
  look: () => Promise<Seen>,
  isWell: (seen: Seen) => boolean,
): Promise<Seen> {
  for (const until = Date.now() + SECONDS * 1000; ; await wait(300)) {
    const seen = await look()
    if (isWell(seen) || Date.now() > until) return seen
  }
}
