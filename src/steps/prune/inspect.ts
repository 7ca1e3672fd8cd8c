import { z } from 'zod'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { isUp, readContainers, type Container } from '../shared/containers.ts'
import { many, readFacts } from '../facts.ts'
import { KEPT_IMAGES } from '../shared/owner-label.ts'
import { blockedOnContainer, type Blocked } from '../step-kind.ts'

interface Choice {
  readonly projects: readonly string[]
  readonly labels: readonly string[]
  readonly names: readonly string[]
}

interface Step {
  readonly containers?: Choice | undefined
  readonly networks?: Choice | undefined
  readonly images?: Choice | undefined
}

export interface Prunable {
  readonly containers: readonly Container[]
  readonly networks: readonly { readonly id: string; readonly name: string }[]
  /** One entry per name of an image. */
  readonly images: readonly { readonly tag: string; readonly id: string; readonly sizeBytes: number }[]
}

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})
const network = z.object({ id: z.string(), name: z.string(), labels })
const image = z.object({
  id: z.string(),
  tags: z
    .array(z.string())
    .nullable()
    .transform((value) => value ?? []),
  labels,
  sizeBytes: z.number(),
})

type Engine = Awaited<ReturnType<typeof inspectEngine>>

/** Lists all containers, networks and images of a host in one exec. */
export async function inspectEngine(host: HostView) {
  const output = await host.ask(question(shellFile('prune/inspect.sh')))
  const found = readFacts(output, { network: many, image: many })
  return {
    containers: readContainers(output),
    networks: found.network.map((text) => network.parse(JSON.parse(text))),
    images: found.image.map((text) => image.parse(JSON.parse(text))),
  }
}

/** Selects what a step names. Never selects an image that an earlier step keeps. */
export function chosenToPrune(step: Step, engine: Engine): Prunable {
  return {
    containers: engine.containers.filter(({ name, labels }) =>
      isChosen(step.containers, { names: [name], labels }),
    ),
    networks: engine.networks.filter(({ name, labels }) =>
      isChosen(step.networks, { names: [name], labels }),
    ),
    images: engine.images.flatMap(({ id, tags, labels, sizeBytes }) =>
      tags
        .filter(
          (tag) => !tag.startsWith(`${KEPT_IMAGES}/`) && isChosen(step.images, { names: [tag], labels }),
        )
        .map((tag) => ({ tag, id, sizeBytes })),
    ),
  }
}

/** Blocked until an earlier step ends the use of a selected object; undefined where none is in use. */
export function inUse({ containers, networks, images }: Prunable, engine: Engine): Blocked | undefined {
  const running = containers.find(isUp)
  if (running) return blockedOnContainer(running, `container ${running.name} to be stopped`)
  for (const { name } of networks) {
    // A stopped container could not start again without its network.
    const user = engine.containers.find((container) => container.networks.includes(name))
    if (user)
      return blockedOnContainer(user, `network ${name}, which container ${user.name} uses, to be free`)
  }
  for (const { tag, id } of images) {
    const tags = engine.images.find((image) => image.id === id)?.tags ?? []
    const user = engine.containers.find(
      ({ image, imageName }) => image === id && (imageName === tag || !tags.includes(imageName)),
    )
    if (user) return blockedOnContainer(user, `image ${tag}, which container ${user.name} uses, to be free`)
  }
  return undefined
}

function isChosen(
  choice: Choice | undefined,
  of: { readonly names: readonly string[]; readonly labels: Readonly<Record<string, string>> | null },
): boolean {
  if (!choice) return false
  const labels = of.labels ?? {}
  return (
    choice.names.some((name) => of.names.includes(name)) ||
    choice.projects.includes(labels['com.docker.compose.project'] ?? '') ||
    choice.labels.some((wanted) => {
      const [key = '', ...value] = wanted.split('=')
      return labels[key] !== undefined && (!wanted.includes('=') || labels[key] === value.join('='))
    })
  )
}
