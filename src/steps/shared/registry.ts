import { z } from 'zod'
import { password } from '../../fields/secret.ts'
import type { HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile, type Variables } from '../../shell/shell-file.ts'
import { maybe, readFacts } from '../facts.ts'

const user = z
  .string()
  .regex(/^[^\s:"\\]{1,255}$/, { error: 'must be a user of the registry' })
  .meta({ description: 'The user' })

export const loginFields = {
  login: z.strictObject({ user, password }).optional().meta({
    title: 'login',
    description:
      'The user: and password: for the registry. Default: what docker login has stored on the host',
  }),
}

interface WithLogin {
  readonly login?: { readonly user: string; readonly password: Environment[string] } | undefined
}

/** The variables that `registry.sh` expects. */
export function registryEnvironment({ login }: WithLogin): Environment {
  return login === undefined ? {} : { REGISTRY_USER: login.user, REGISTRY_PASSWORD: login.password }
}

/** Runs a script that includes `registry.sh`, with its `variables`, about the image that `of` names. Returns its output. */
export async function askRegistry(
  file: string,
  variables: Variables,
  { of, step, host }: { readonly of: string; readonly step: WithLogin; readonly host: HostView },
): Promise<string> {
  const script = shellFile(file, { ...variables, registry: registryOf(of) })
  return await host.ask(question(script, { environment: registryEnvironment(step), timeoutSeconds: 180 }))
}

/** `registry.example.org:5000` of `registry.example.org:5000/shop:1.4.0`. */
export function registryOf(image: string): string {
  return image.slice(0, image.indexOf('/'))
}

/** Whether an image is named with its registry: Docker takes any other first part for one of Docker Hub. */
export function namesRegistry(image: string): boolean {
  return /^(?:localhost|[^/]*[.:][^/]*)\//.test(image)
}

/** What a registry serves under a name: the digest of the manifest, and of the image's configuration if it names one. */
export interface Manifest {
  readonly digest: string
  readonly config?: string
}

const manifestSchema = z.looseObject({ config: z.looseObject({ digest: z.string() }).optional() })

/** Reads what `served` printed: a manifest, its absence, or why the registry did not tell. */
export function readServed(
  output: string,
  image: string,
  { login }: WithLogin,
): { readonly manifest?: Manifest } | { readonly problem: string } {
  const found = readFacts(output, { manifest: maybe, digest: maybe, denied: maybe, away: maybe })
  const registry = registryOf(image)
  if (found.denied !== undefined)
    return {
      problem:
        login === undefined
          ? `the registry ${registry} demands a login: ${found.denied}; write login: with user: and password:`
          : `the registry ${registry} refuses the login of ${login.user}: ${found.denied}; check the user, its password, and that the repository exists`,
    }
  if (found.away !== undefined)
    return {
      problem: `the registry ${registry} does not answer: ${found.away}; check its address and that it runs`,
    }
  if (found.manifest === undefined || found.digest === undefined) return {}
  const { config } = manifestSchema.parse(JSON.parse(Buffer.from(found.manifest, 'base64').toString()))
  return { manifest: { digest: found.digest, ...(config && { config: config.digest }) } }
}

/** Whether a manifest is that of a local image. An engine with containerd's image store has the manifest's digest as the id. */
export function isManifestOf({ digest, config }: Manifest, id: string): boolean {
  return config === id || digest === id
}
