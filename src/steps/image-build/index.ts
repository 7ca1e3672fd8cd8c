import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { readArchive } from '../../fields/archive.ts'
import { variableName } from '../../fields/environment.ts'
import { imageTag } from '../../fields/names.ts'
import { planFolder } from '../../fields/plan-file.ts'
import { relativePath } from '../../fields/relative-path.ts'
import type { HostView, Progress } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { keptImage, KEPT_IMAGES } from '../shared/owner-label.ts'
import { changeKind, type Values } from '../step-kind.ts'
import { deviations, expectations, expectationsText, isPlatform, readBuiltImage } from './built-image.ts'
import { baseImages, buildProblems } from './dockerfile.ts'

const stageName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, { error: 'must be the name of a stage' })

const fields = {
  context: planFolder,
  dockerfile: relativePath.default('Dockerfile').meta({
    description: 'The Dockerfile, as a path within the folder. Default: Dockerfile',
  }),
  target: stageName.optional().meta({ description: 'The stage to build. Default: the last one' }),
  tag: imageTag.meta({ description: 'The tag that the image gets, such as shop:1.4.0' }),
  args: z
    .record(variableName, z.string().regex(/^[^\n\0]*$/, { error: 'must be one line' }))
    .default({})
    .meta({
      title: 'build arguments',
      description: 'Build arguments by name. They are visible in the image, so they hold no secret',
    }),
  network: z
    .enum(['default', 'none'])
    .default('default')
    .meta({ description: 'The network of the RUN instructions: default, or none. Default: default' }),
  expect: expectations,
}
type Step = Values<typeof fields>

/** The id of the image that had the tag; empty where none had. */
interface Prior {
  readonly was: string
  readonly [key: string]: string
}

/** Below the limit of 128 KiB for one variable of a process. */
const PART_BYTES = 96 * 1024

/**
 * Builds an image with BuildKit from a folder of the plan. The folder goes to the builder by a pipe and is not written to the
 * host. The image that had the tag is kept under a name of the step, and an undo gives the tag back.
 */
export const imageBuild = changeKind({
  kind: 'image-build',
  summary: 'An image is built from a folder of the plan, holds no secret file, and is as the plan expects',
  fields,
  outputs: ['id', 'size'],
  timeoutMinutes: 60,
  usualSeconds: 60,

  validate: (step) => [
    ...buildProblems(buildOf(step)),
    ...(Object.keys(step.args).some((name) => name.startsWith('BUILDKIT_'))
      ? ['has an argument BUILDKIT_…, which changes the builder; remove it']
      : []),
  ],
  describe: ({ tag, context, target }) =>
    `build image ${tag} from ${context.name}${target === undefined ? '' : `, stage ${target}`}`,
  effects: ({ tag }) => [
    { how: 'modifies', what: 'image', name: tag },
    { how: 'creates', what: 'image', name: KEPT_IMAGES },
  ],

  async inspect(step, host) {
    const { tag, context, network } = step
    const bases = baseImages(buildOf(step))
    const script = shellFile('image-build/inspect.sh', { tag, bases: bases.map(({ image }) => image) })
    const found = readFacts(await host.ask(question(script)), {
      ...{ engine: once, buildkit: once, id: maybe, label: maybe, base: many },
    })
    if (found.buildkit !== 'yes')
      throw new StepRefused(
        'docker buildx is missing on this host, so its engine cannot build with BuildKit; ' +
          'install docker-buildx (Debian) or docker-buildx-plugin (packages of Docker)',
      )
    const here = new Map(found.base.map((line) => line.split(' ') as [string, string]))
    for (const { image, platform = here.get(image) } of bases)
      if (platform !== undefined && !isPlatform(platform, found.engine))
        throw new StepRefused(
          `the base image ${image} is for ${platform}, and this host is ${found.engine}; name an image for ${found.engine}`,
        )
    const priorState: Prior = { was: found.id ?? '' }
    if (found.id !== undefined && found.label === labelOf(step))
      return {
        priorState,
        changes: [],
        because: `${tag} is image ${short(found.id)}, built from this folder`,
      }
    const files = readArchive(bytesOf(step))
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
    const absent = bases.filter(({ image }) => !here.has(image)).map(({ image }) => image)
    return {
      priorState,
      changes: [
        `builds image ${tag} from ${context.name}: ${countOf(files.length, 'file')}, ${formatBytes(bytes)}, sha256 ${context.sha256.slice(0, 12)}` +
          (network === 'none' ? ', without a network' : ''),
        ...(found.id === undefined
          ? []
          : [`takes the tag ${tag} from image ${short(found.id)}, which is kept`]),
      ],
      ...(absent.length > 0 && {
        notes: absent.map((image) => `${image} is not on this host; the build pulls it`),
      }),
    }
  },

  async apply(step, { was }, host) {
    const archive = gzipSync(bytesOf(step)).toString('base64')
    const parts = archive.match(new RegExp(`.{1,${PART_BYTES}}`, 'g')) ?? []
    const variables = {
      ...variablesOf(step, { was }, host),
      ...{ label: labelOf(step), parts: parts.length, dockerfile: step.dockerfile },
    }
    const script = shellFile('image-build/apply.sh', variables, optionsOf(step))
    const environment = Object.fromEntries(parts.map((part, index) => [`CONTEXT_${index + 1}`, part]))
    await host.run('build', command(script, { environment }), progressOf)
  },

  async verify(step, host) {
    const { tag, context, expect } = step
    const image = await readBuiltImage(tag, expect, host)
    const { id, size, layers, user } = image
    if (image.label !== labelOf(step))
      throw new StepNotVerified(
        `${tag} is image ${short(id)}, which was not built from this folder with these options`,
      )
    const problems = deviations(image, expect)
    if (problems.length > 0) throw new StepNotVerified(`image ${tag} is not as expected`, problems)
    return {
      summary:
        `${tag} is image ${short(id)}, built from ${context.name} (sha256 ${context.sha256.slice(0, 12)}): ${formatBytes(size)}, ` +
        `${expectationsText(expect)}; none of its ${countOf(layers, 'layer')} has an env file, a repository or a private key`,
      strength: 'observed',
      facts: { id, size, layers, user },
      outputs: { id, size: String(size) },
    }
  },

  undoes: ({ tag }, { was }) =>
    was === ''
      ? `removes image ${tag}, unless a container uses it; the build cache keeps its layers`
      : `gives the tag ${tag} back to image ${short(was)}`,

  async undo(step, priorState, host) {
    const script = shellFile('image-build/undo.sh', variablesOf(step, priorState, host))
    const { stdout } = await host.run('unbuild', command(script))
    const { taken, used } = readFacts(stdout, { taken: maybe, used: maybe })
    return [
      ...(taken === undefined
        ? []
        : [
            {
              what: `image ${step.tag}`,
              why: `others gave this tag to another image; the old one is kept as ${keptImage(host)}:was`,
            },
          ]),
      ...(used === undefined
        ? []
        : [{ what: `image ${used}`, why: 'a container uses the image that was built' }]),
    ]
  },
})

function buildOf({ context, dockerfile, target, args, network }: Step) {
  const entries = readArchive(Buffer.from(context.base64, 'base64'))
  return { folder: context.name, dockerfile, entries, target, args, network }
}

function bytesOf({ context }: Step): Buffer {
  return Buffer.from(context.base64, 'base64')
}

function optionsOf({ target, args, network }: Step): string[] {
  return [
    ...(target === undefined ? [] : ['--target', target]),
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...['--network', network],
  ]
}

/** All that the plan says of the build: an image with this label needs no build. */
function labelOf(step: Step): string {
  const options = optionsOf({ ...step, args: sorted(step.args) })
  return JSON.stringify([step.context.sha256, step.dockerfile, ...options])
}

function sorted(args: Step['args']): Step['args'] {
  return Object.fromEntries(Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function variablesOf({ tag }: Step, { was }: Prior, host: HostView) {
  return { keep: host.originals, kept_image: keptImage(host), tag, was }
}

/** `#7 [build 2/5] RUN npm ci` in the output of BuildKit. */
function progressOf(line: string): Progress | undefined {
  const [, text] = /^#\d+ (\[[^\]]+\] .*)$/.exec(line) ?? []
  return text === undefined ? undefined : { text: text.slice(0, 120) }
}

function short(id: string): string {
  return id.replace('sha256:', '').slice(0, 12)
}
