import { z } from 'zod'

/** The environment of a service, as it is parsed. Its values may be secrets: nothing keeps them. */
export interface Environment {
  readonly variables: Readonly<Record<string, string>>
  /** Whether a file of the host is mounted at a path of the service. */
  readonly isMounted: (path: string) => boolean
}

const grants = z
  .array(z.object({ source: z.string(), target: z.string().nullish() }))
  .nullish()
  .transform((all) => all ?? [])

/** What a Compose file gives a service, by which its environment is read. */
export const environmentShape = {
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable()).nullish(),
  secrets: grants,
  configs: grants,
  volumes: z
    .array(
      z.object({
        type: z.string(),
        source: z.string().optional(),
        target: z.string(),
        read_only: z.boolean().optional(),
      }),
    )
    .nullish(),
}
type Given = z.infer<z.ZodObject<typeof environmentShape>>

/** Secrets or configs of a Compose file; those without a file come from elsewhere. */
export const grantedFiles = z.record(z.string(), z.looseObject({ file: z.string().optional() })).nullish()
type GrantedFiles = z.infer<typeof grantedFiles>

/** Returns the environment of a service. */
export function environmentOf(
  { environment, secrets, configs, volumes }: Given,
  files: { readonly secrets: GrantedFiles; readonly configs: GrantedFiles },
): Environment {
  const granted = (all: Given['secrets'], from: GrantedFiles, directory: string) =>
    all.flatMap(({ source, target }) => {
      const path = target ?? source
      return from?.[source]?.file === undefined ? [] : [path.startsWith('/') ? path : `${directory}${path}`]
    })
  const mounted = new Set([
    ...granted(secrets, files.secrets, '/run/secrets/'),
    ...granted(configs, files.configs, '/'),
    ...(volumes ?? []).flatMap(({ type, target }) => (type === 'bind' ? [target] : [])),
  ])
  return {
    variables: Object.fromEntries(
      Object.entries(environment ?? {}).map(([name, value]) => [name, String(value ?? '')]),
    ),
    isMounted: (path) => mounted.has(path),
  }
}
