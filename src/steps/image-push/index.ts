import { StepNotVerified, StepRefused } from '../../errors.ts'
import { imageName, imageTag } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, readFacts } from '../facts.ts'
import {
  askRegistry,
  isManifestOf,
  loginFields,
  namesRegistry,
  readServed,
  registryEnvironment,
  registryOf,
} from '../shared/registry.ts'
import { blockedOnMissing, changeKind, type Values } from '../step-kind.ts'

const fields = {
  image: imageName.meta({
    description: 'The image on the host: its tag, or the id that image-build outputs',
  }),
  to: imageTag
    .refine(namesRegistry, { error: 'has no registry; write one, such as registry.example.org/shop:1.4.0' })
    .meta({ description: 'Registry, name and tag: registry.example.org/shop:1.4.0' }),
  ...loginFields,
}
type Step = Values<typeof fields>

interface Prior {
  readonly id: string
  readonly [key: string]: string
}

/** Pushes an image to a registry. A tag never moves; a pushed image stays in the registry. */
export const imagePush = changeKind({
  kind: 'image-push',
  summary: 'A registry serves, by its digest, the image that is on the host',
  fields,
  outputs: ['ref', 'digest'],
  timeoutMinutes: 60,
  usualSeconds: 30,

  describe: ({ image, to }) => `push image ${image.slice(0, 80)} as ${to}`,
  effects: ({ image, to }) => [
    { how: 'reads', what: 'image', name: image },
    { how: 'modifies', what: 'image', name: to },
  ],

  async inspect(step, host) {
    const { image, to } = step
    const { id, local, served } = await readState(step, host)
    if (id === undefined) return blockedOnMissing('image', image, `the image ${image}`)
    if ('problem' in served) throw new StepRefused(served.problem)
    const { manifest } = served
    const priorState: Prior = { id }
    if (manifest && isManifestOf(manifest, id))
      return { priorState, changes: [], because: `${registryOf(to)} serves this image as ${manifest.digest}` }
    if (manifest)
      throw new StepRefused(
        `${to} is another image in the registry, with digest ${manifest.digest}; a tag never moves, so give this version a tag of its own`,
      )
    if (local && local !== id)
      throw new StepRefused(
        `${to} is another image on this host, ${short(local)}; remove that name, or give this version a tag of its own`,
      )
    return { priorState, changes: [`pushes image ${short(id)} as ${to}`] }
  },

  async apply(step, { id }, host) {
    const variables = { keep: host.originals, id, to: step.to, registry: registryOf(step.to) }
    const environment = registryEnvironment(step)
    await host.run('push', command(shellFile('image-push/apply.sh', variables), { environment }))
  },

  async verify(step, host) {
    const { image, to } = step
    const { id, byDigest, served } = await readState(step, host)
    if (id === undefined) throw new StepNotVerified(`there is no image ${image} on this host`)
    if ('problem' in served) throw new StepNotVerified(served.problem)
    const { manifest } = served
    if (!manifest) throw new StepNotVerified(`the registry does not serve ${to}`)
    const { digest } = manifest
    if (!isManifestOf(manifest, id))
      throw new StepNotVerified(
        `the registry serves another image as ${to}: ${digest}, not image ${short(id)}`,
      )
    const ref = `${repositoryOf(to)}@${digest}`
    if (byDigest !== 'yes') throw new StepNotVerified(`the registry does not serve ${ref} by its digest`)
    return {
      summary: `the registry serves ${to} with digest ${digest}, whose configuration is image ${short(id)} of this host`,
      strength: 'proven',
      facts: { digest, id },
      outputs: { ref, digest },
    }
  },

  undoes: ({ to }) => `removes the name ${to} on this host; the pushed image stays in the registry`,

  async undo({ to }, { id }, host) {
    const script = shellFile('image-push/undo.sh', { keep: host.originals, id, to })
    const { pushed, only } = readFacts((await host.run('unpush', command(script))).stdout, {
      ...{ pushed: maybe, only: maybe },
    })
    return [
      ...(pushed === undefined
        ? []
        : [
            {
              what: `image ${pushed}`,
              why: `it may be in the registry as ${to}, where others may use it by now`,
            },
          ]),
      ...(only === undefined
        ? []
        : [{ what: `image ${to}`, why: 'the image has no other name on this host' }]),
    ]
  },
})

async function readState(step: Step, host: HostView) {
  const { image, to } = step
  const output = await askRegistry('image-push/state.sh', { image, to }, { of: to, step, host })
  const { id, local, byDigest } = readFacts(output, { id: maybe, local: maybe, byDigest: maybe })
  return { id, local, byDigest, served: readServed(output, to, step) }
}

function repositoryOf(image: string): string {
  return image.slice(0, image.lastIndexOf(':'))
}

function short(id: string): string {
  return id.replace('sha256:', '').slice(0, 12)
}
