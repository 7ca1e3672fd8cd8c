import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { containerName, imageName, networkName, projectName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { keptImage, KEPT_IMAGES } from '../shared/owner-label.ts'
import { chosenToPrune, inUse, inspectEngine, type Prunable } from './inspect.ts'
import { changeKind, type Deletion, type Effect, type Values } from '../step-kind.ts'

const label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*(=[^\n\0]*)?$/, {
  error: 'must be a label, or a label and its value: org.example.stack=old',
})

const taggedImage = imageName.refine((name) => /:[^/]*$/.test(name), {
  error: 'has no tag; write one, such as postgres:17',
})

function chosen(name: z.ZodType<string>) {
  return z.strictObject({
    projects: z.array(projectName).max(50).default([]).meta({ description: 'Of these Compose projects' }),
    labels: z.array(label).max(50).default([]).meta({ description: 'With one of these labels' }),
    names: z.array(name).max(100).default([]).meta({ description: 'Of these names' }),
  })
}

const fields = {
  containers: chosen(containerName).optional().meta({
    title: 'chosen',
    description:
      'Stopped containers, by projects:, labels: or names:. In a separate step, because they cannot be restored',
  }),
  networks: chosen(networkName)
    .optional()
    .meta({ title: 'chosen', description: 'By projects:, labels: or names:' }),
  images: chosen(taggedImage).optional().meta({
    title: 'chosen',
    description:
      'By names: with their tag, labels:, or projects: that built them. They lose their names, not their layers',
  }),
  buildCache: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to empty the build cache, which has no undo. Default: false' }),
}
type Step = Values<typeof fields>

/** What the step deletes: containers by short ids, networks by name, images as `name id`. */
interface Prior {
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly images: readonly string[]
  readonly [key: string]: readonly string[]
}

/** Below the limit of 4 KB of a prior state. */
const MOST_BYTES = 3800

/**
 * Deletes what the plan names, and nothing that is in use. Images keep their layers under a name of this step, so that an
 * undo can restore them: the step frees no space. Never deletes a volume.
 */
export const prune = changeKind({
  kind: 'prune',
  summary: 'The named containers, networks and images are gone; image layers stay under another name',
  fields,
  timeoutMinutes: 60,
  usualSeconds: 10,

  validate({ containers, networks, images, buildCache }) {
    const parts = [containers, networks, images].filter((part) => part !== undefined)
    if (parts.length === 0 && !buildCache) return 'needs containers:, networks:, images: or buildCache:'
    if (parts.some(({ projects, labels, names }) => projects.length + labels.length + names.length === 0))
      return 'needs projects:, labels: or names: in each of its parts'
    if (containers && (parts.length > 1 || buildCache))
      return 'has containers: and more; containers cannot be restored and the rest can, so give them a separate step'
    return undefined
  },
  describe: (step) =>
    `prune ${partsOf(step)
      .map(
        ({ what, projects, labels, names }) =>
          `${what} ${[...projects.map((name) => `of ${name}`), ...labels, ...names].join(', ')}`,
      )
      .concat(step.buildCache ? ['the build cache'] : [])
      .join('; ')}`,
  effects: (step) => [
    ...partsOf(step).flatMap(({ what, projects, labels, names }) => [
      ...projects.map((name): Effect => ({ how: 'deletes', what: 'project', name })),
      ...[...labels, ...names].map((name): Effect => ({ how: 'deletes', what, name })),
    ]),
    { how: 'creates', what: 'image', name: KEPT_IMAGES },
  ],
  cannotUndo: ({ containers }) =>
    containers &&
    'a removed container is not created again; the step keeps its files as an image, and its settings',

  async inspect(step, host) {
    const engine = await inspectEngine(host)
    const found = chosenToPrune(step, engine)
    const blocked = inUse(found, engine)
    if (blocked !== undefined) return blocked
    const priorState: Prior = {
      containers: found.containers.map(({ id }) => id.slice(0, 12)),
      networks: found.networks.map(({ name }) => name),
      images: found.images.map(({ tag, id }) => `${tag} ${id.replace('sha256:', '').slice(0, 20)}`),
    }
    if (JSON.stringify(priorState).length > MOST_BYTES)
      throw new StepRefused('this is too much for one step; name fewer projects or labels per step', {
        isOfPlan: true,
      })
    const changes = changesOf(found, step)
    return {
      priorState,
      changes,
      deletions: deletionsOf(found),
      ...(changes.length === 0 && { because: 'nothing of what the plan names exists' }),
    }
  },

  async apply({ buildCache }, priorState, host) {
    const variables = {
      ...variablesOf(priorState, host),
      ...{ owner: host.ownerLabel, containers: priorState.containers.join(' ') },
      build_cache: buildCache ? 'yes' : 'no',
    }
    await host.run('prune', command(shellFile('prune/apply.sh', variables)))
  },

  async verify(step, host) {
    const engine = await inspectEngine(host)
    const { containers, networks, images } = chosenToPrune(step, engine)
    const problems = [
      ...containers.map(({ name }) => `container ${name} exists`),
      ...networks.map(({ name }) => `network ${name} exists`),
      ...images.map(({ tag }) => `image ${tag} exists`),
    ]
    if (problems.length > 0) throw new StepNotVerified('not everything is pruned', problems)
    const kept = engine.images.flatMap(({ tags }) =>
      tags.filter((tag) => tag.startsWith(`${keptImage(host)}:`)),
    )
    const parts = partsOf(step).map(({ what }) => `no ${what} that the plan names exists`)
    return {
      summary:
        [...parts, ...(step.buildCache ? ['the build cache was emptied'] : [])].join(', ') +
        (kept.length > 0 ? `; ${countOf(kept.length, 'image')} kept as ${keptImage(host)}` : ''),
      // Builds of others fill the cache at any time, so verify cannot tell whether the step emptied it.
      strength: parts.length > 0 ? 'observed' : 'stated',
      facts: { kept: kept.length },
    }
  },

  undoes: ({ buildCache }, { networks, images }) =>
    [
      ...(networks.length > 0 ? [`creates network ${networks.join(', ')} again`] : []),
      ...(images.length > 0 ? [`gives ${countOf(images.length, 'image')} their names back`] : []),
      ...(buildCache ? ['leaves the build cache empty'] : []),
    ].join('; '),

  async undo(step, priorState, host) {
    const { stdout } = await host.run(
      'unprune',
      command(shellFile('prune/undo.sh', variablesOf(priorState, host))),
    )
    const { lost, taken, moved, cache } = readFacts(stdout, {
      ...{ lost: many, taken: many, moved: many, cache: many },
    })
    return [
      ...lost.map((name) => ({
        what: `container ${name}`,
        why: `removed; its files are in the image ${keptImage(host)}:${name}, its settings in ${host.originals}/container-${name}.json`,
      })),
      ...taken.map((name) => ({
        what: `image ${name}`,
        why: `others gave this name to another image; the old one is kept as ${keptImage(host)}`,
      })),
      ...moved.map((name) => ({
        what: `network ${name}`,
        why: 'its addresses are taken by now; created again with others',
      })),
      ...cache.map(() => ({ what: 'the build cache', why: 'builds fill it again' })),
    ]
  },
})

function variablesOf({ networks, images }: Prior, host: HostView) {
  return { keep: host.originals, kept_image: keptImage(host), networks: networks.join(' '), images }
}

function partsOf({ containers, networks, images }: Step) {
  return [
    ...(containers ? [{ what: 'container' as const, ...containers }] : []),
    ...(networks ? [{ what: 'network' as const, ...networks }] : []),
    ...(images ? [{ what: 'image' as const, ...images }] : []),
  ]
}

/** The lines of a preview. */
function changesOf(
  { containers, networks, images }: Prunable,
  { buildCache }: { readonly buildCache: boolean },
): string[] {
  return [
    ...containers.map(
      ({ name }) => `removes container ${name}, keeping its files as an image and its settings`,
    ),
    ...networks.map(({ name }) => `removes network ${name}`),
    ...images.map(
      ({ tag, sizeBytes }) =>
        `takes the name ${tag} from an image of ${formatBytes(sizeBytes)}, which is kept`,
    ),
    ...(buildCache ? ['empties the build cache'] : []),
  ]
}

/** The deletions for an approval. The id keeps a later container of the same name out of it. */
function deletionsOf({ containers, networks, images }: Prunable): Deletion[] {
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
