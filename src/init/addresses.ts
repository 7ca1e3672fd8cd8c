import type { InspectedConfiguration } from './inspection.ts'
import type { SurveyedContainer } from './survey.ts'

/** What an override says, so that a service is reached as before although its containers have other names. */
export interface Addresses {
  /** Names to add on its networks, by the network's key. */
  readonly aliases: Readonly<Record<string, readonly string[]>>
  /** Namespaces and volumes that it takes from a container of the project: of the service by now. */
  readonly joins: Readonly<Partial<Record<'network_mode' | 'ipc' | 'pid', string>>>
  readonly volumesFrom?: readonly string[]
}

interface AddressOptions {
  readonly config: InspectedConfiguration
  /** All containers of the project. */
  readonly containers: readonly SurveyedContainer[]
  /** The name of a fixed container, without the run that created it. */
  readonly containerName: string | undefined
  /** The run that created the project. Its override has the names of the original containers already. */
  readonly madeBy: string | undefined
}

/**
 * Returns the addresses of a service. The engine resolves the name of a container on its networks, and others use it: a host
 * name in the configuration of another service, or of another project's proxy.
 */
export function addressesOf(service: string, options: AddressOptions): Addresses {
  const { config, containers, containerName, madeBy } = options
  const declared = config.services[service]
  const own = containers.filter((one) => one.service === service).map(({ name }) => name)
  const names = [
    ...new Set([...(containerName === undefined ? [] : [containerName]), ...(madeBy ? [] : own)]),
  ]
  const aliases = Object.entries(declared?.networks ?? {}).flatMap(([key, network]) => {
    const missing = names.filter((name) => !network?.aliases?.includes(name))
    // The engine's own network knows no alias.
    return missing.length === 0 || config.networks?.[key]?.name === 'bridge' ? [] : [[key, missing] as const]
  })
  const joins = (['network_mode', 'ipc', 'pid'] as const).flatMap((field) => {
    const joined = /^container:(.+)$/.exec(declared?.[field] ?? '')?.[1]
    const of = joined === undefined ? undefined : serviceOf(joined, containers)
    return of === undefined ? [] : [[field, `service:${of}`] as const]
  })
  const from = declared?.volumes_from ?? []
  const volumesFrom = from.map((one) => {
    const [, name = '', mode = ''] = /^container:([^:]+)(:.+)?$/.exec(one) ?? []
    const of = serviceOf(name, containers)
    return of === undefined ? one : `${of}${mode}`
  })
  return {
    aliases: Object.fromEntries(aliases),
    joins: Object.fromEntries(joins),
    ...(volumesFrom.join() !== from.join() && { volumesFrom }),
  }
}

function serviceOf(container: string, containers: readonly SurveyedContainer[]): string | undefined {
  return containers.find(({ name }) => name === container)?.service
}
