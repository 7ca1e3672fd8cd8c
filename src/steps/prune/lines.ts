import { inWords } from '../in-words.ts'
import type { Deletion } from '../step-kind.ts'
import type { Prunable } from './inspect.ts'

/** What it would do, a line to each. */
export function changesOf(
  { containers, networks, images }: Prunable,
  { buildCache }: { readonly buildCache: boolean },
): string[] {
  return [
    ...containers.map(
      ({ name }) => `removes container ${name}, keeping its files as an image and its settings`,
    ),
    ...networks.map(({ name }) => `removes network ${name}`),
    ...images.map(
      ({ tag, sizeBytes }) => `takes the name ${tag} from an image of ${inWords(sizeBytes)}, which is kept`,
    ),
    ...(buildCache ? ['empties the build cache'] : []),
  ]
}

/** The same for an approval: a container is this one, and no later one of its name. */
export function takenOf({ containers, networks, images }: Prunable): Deletion[] {
  return [
    ...containers.map(({ name, id }) => ({
      name: `container ${name} ${id.slice(0, 12)}`,
      entries: 1,
      bytes: 0,
    })),
    ...networks.map(({ name }) => ({ name: `network ${name}`, entries: 1, bytes: 0 })),
    ...images.map(({ tag, sizeBytes }) => ({ name: `image ${tag}`, entries: 1, bytes: sizeBytes })),
  ]
}
