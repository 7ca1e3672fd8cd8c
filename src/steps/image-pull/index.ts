import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, once, readFacts } from '../facts.ts'
import {
  askRegistry,
  loginFields,
  namesRegistry,
  readServed,
  registryEnvironment,
  registryOf,
} from '../shared/registry.ts'
import { changeKind, type Values } from '../step-kind.ts'

const fields = {
  image: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,180}@sha256:[0-9a-f]{64}$/, {
      error: 'must be an image with its digest, such as registry.example.org/shop@sha256:…',
    })
    .refine(namesRegistry, {
      error: 'has no registry; write one, such as registry.example.org/shop@sha256:…',
    })
    .meta({
      title: 'image and digest',
      description: 'The image with its digest: the output ref of image-push',
    }),
  ...loginFields,
}
type Step = Values<typeof fields>

/** Pulls an image by its digest, so that a later start needs no registry. An undo removes it unless a container uses it. */
export const imagePull = changeKind({
  kind: 'image-pull',
  summary: 'A host has the image of a digest, for its own architecture',
  fields,
  outputs: ['id'],
  timeoutMinutes: 60,
  usualSeconds: 30,

  describe: ({ image }) => `pull image ${image}`,
  effects: ({ image }) => [{ how: 'modifies', what: 'image', name: image }],

  async inspect(step, host) {
    const { image } = step
    const { output, id, engine, platform } = await readState(step, host)
    if (id === undefined) {
      const served = readServed(output, image, step)
      if ('problem' in served) throw new StepRefused(served.problem)
      if (!served.manifest)
        throw new StepRefused(`the registry does not serve ${image}; check name and digest`)
    }
    if (platform !== undefined && platform !== engine)
      throw new StepRefused(
        `the image ${image} is for ${platform}, and this host is ${engine}; build it for ${engine}`,
      )
    return id === undefined
      ? { priorState: null, changes: [`pulls image ${image}`] }
      : { priorState: null, changes: [], because: `this host has the image ${image}` }
  },

  async apply(step, _priorState, host) {
    const variables = { keep: host.originals, image: step.image, registry: registryOf(step.image) }
    const environment = registryEnvironment(step)
    await host.run('pull', command(shellFile('image-pull/apply.sh', variables), { environment }))
  },

  async verify(step, host) {
    const { id, engine, platform } = await readState(step, host)
    if (id === undefined) throw new StepNotVerified(`there is no image ${step.image} on this host`)
    if (platform !== engine)
      throw new StepNotVerified(`the image ${step.image} is for ${platform}, not for ${engine}`)
    return {
      summary: `the engine has ${step.image}, for ${engine}; it compared the digest when it pulled`,
      strength: 'proven',
      facts: { id },
      outputs: { id },
    }
  },

  undoes: ({ image }) => `removes image ${image}, unless a container uses it`,

  async undo({ image }, _priorState, host) {
    const script = shellFile('image-pull/undo.sh', { keep: host.originals, image })
    const { used } = readFacts((await host.run('unpull', command(script))).stdout, { used: maybe })
    return used === undefined ? [] : [{ what: `image ${image}`, why: 'a container uses it' }]
  },
})

async function readState(step: Step, host: HostView) {
  const { image } = step
  const output = await askRegistry('image-pull/state.sh', { image }, { of: image, step, host })
  const found = readFacts(output, { engine: once, id: maybe, platform: maybe })
  return {
    output,
    engine: found.engine,
    id: found.id,
    // Empty for an image for several platforms.
    platform: found.platform === '/' ? undefined : found.platform,
  }
}
