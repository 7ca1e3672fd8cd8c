import { isAsConfigured, type Configuration, type Project } from '../shared/compose-project.ts'
import type { Container } from '../shared/containers.ts'
import { blockedOnMissing, type Blocked } from '../step-kind.ts'

/** A project by its configuration and as found on the host, and the services of the step. */
export interface ProjectState {
  readonly config: Configuration
  readonly found: Project
  readonly services: readonly string[]
  /** Services that may end with exit code 0, by the step. */
  readonly mayExit: readonly string[]
}

/**
 * What an earlier step must create first: an external volume or network; a path that a service mounts, where Docker would
 * create an empty directory for the service to run on; an image that the step does not pull.
 */
export function missingPrecondition(
  { config, found, services }: ProjectState,
  pull: string,
): Blocked | undefined {
  // Also of services that are not started: Compose requires them all.
  const volume = Object.values(config.volumes ?? {}).find(
    ({ name, external }) => external && !found.mountpoints.has(name),
  )
  if (volume) return blockedOnMissing('volume', volume.name, `the external volume ${volume.name}`)
  const device = Object.values(config.volumes ?? {}).find(
    ({ name, external, driver_opts }) =>
      !external && !found.mountpoints.has(name) && found.absentMount.includes(driver_opts?.['device'] ?? ''),
  )
  const at = device?.driver_opts?.['device']
  if (device && at !== undefined) return blockedOnMissing('path', at, `${at}, which is volume ${device.name}`)
  const network = Object.values(config.networks ?? {}).find(
    ({ name, external }) => external && !found.network.includes(name),
  )
  if (network) return blockedOnMissing('network', network.name, `the external network ${network.name}`)
  const mounted = services
    .flatMap((name) => config.services[name]?.volumes ?? [])
    .find(({ type, source = '' }) => type === 'bind' && found.absentMount.includes(source))
  if (mounted?.source !== undefined)
    return blockedOnMissing(
      'path',
      mounted.source,
      `${mounted.source}, which is mounted at ${mounted.target}`,
    )
  const built = services.filter((name) => pull === 'never' || config.services[name]?.build !== undefined)
  const image = imagesOf({ config, found, services: built })[0]
  return image === undefined ? undefined : blockedOnMissing('image', image, `the image ${image}`)
}

/** The prior state of the step. */
export function priorStateOf(state: ProjectState) {
  const { config, found, services } = state
  const ids = (containers: readonly Container[]) => containers.map(({ id }) => id.slice(0, 12))
  return {
    ran: ids(found.containers.filter(isUp)),
    stopped: ids(found.containers.filter((container) => !isUp(container))),
    networks: found.projectNetwork,
    volumes: Object.values(config.volumes ?? {})
      .filter(({ name, external }) => !external && !found.mountpoints.has(name))
      .map(({ name }) => name),
    images: imagesOf({ config, found, services }),
    services,
    completes: services.filter((name) => completes(state, name)),
  }
}

/** The lines of a preview; empty where every service runs as configured. */
export function changesOf(state: ProjectState): string[] {
  const { config, found, services } = state
  const prior = priorStateOf(state)
  const ofServices = services.flatMap((name) => {
    const containers = found.containers.filter(({ service }) => service === name)
    if (containers.length === 0)
      return [`creates and starts a container for service ${name} from ${imageOf(config, name)}`]
    return containers.flatMap((container) => {
      if (!isUp(container)) return isCompleted(state, container) ? [] : [`starts container ${container.name}`]
      return isHealthy(container) ? [] : [`waits until container ${container.name} is healthy`]
    })
  })
  return [
    ...prior.images.map((image) => `pulls image ${image}`),
    ...prior.volumes.map((name) => {
      const device = Object.values(config.volumes ?? {}).find((one) => one.name === name)?.driver_opts?.[
        'device'
      ]
      return device === undefined
        ? `creates the empty volume ${name}`
        : `creates volume ${name}, which is ${device}`
    }),
    ...ofServices,
  ]
}

/** Differences of a service's containers from the configuration, mounts included. */
export function problemsOf(name: string, state: ProjectState): string[] {
  const { config, found } = state
  const containers = found.containers.filter(({ service }) => service === name)
  if (containers.length === 0) return [`service ${name} has no container`]
  return containers.flatMap((container) => {
    const { status, exitCode, health, mounts } = container
    const called = `container ${container.name}`
    if (!isAsConfigured(container, { ...found, config })) return [`${called} has another configuration`]
    if (!isUp(container)) {
      return isCompleted(state, container) ? [] : [`${called} is ${status} with exit code ${exitCode}`]
    }
    if (!isHealthy(container)) return [`${called} is ${status}${health === '' ? '' : ` and ${health}`}`]
    return (config.services[name]?.volumes ?? [])
      .filter(({ type, source }) => type === 'volume' && source !== undefined)
      .flatMap(({ source = '', target }) => {
        const volume = config.volumes?.[source]?.name ?? source
        const mount = mounts.find(({ Destination }) => Destination === target)
        const right =
          mount?.Type === 'volume' && mount.Name === volume && mount.Source === found.mountpoints.get(volume)
        return right
          ? []
          : [
              `${called} has ${mount ? mount.Name || mount.Source : 'nothing'} at ${target}, not volume ${volume}`,
            ]
      })
  })
}

/** Images of these services that the host lacks. */
function imagesOf({ config, found, services }: Omit<ProjectState, 'mayExit'>): string[] {
  const wanted = services.map((name) => imageOf(config, name))
  return [...new Set(wanted)].filter((image) => found.missingImage.includes(image))
}

/** The image of a service. Compose names one that is built, and has no name, after its project. */
function imageOf(config: Configuration, service: string): string {
  return config.services[service]?.image ?? `${config.name}-${service}`
}

/** Whether a service may end: the step allows it, or another service waits for its end. */
function completes({ config, mayExit }: Pick<ProjectState, 'config' | 'mayExit'>, name: string): boolean {
  return (
    mayExit.includes(name) ||
    Object.values(config.services).some(
      ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
    )
  )
}

function isCompleted(state: ProjectState, { service, status, exitCode }: Container): boolean {
  return status === 'exited' && exitCode === 0 && completes(state, service)
}

function isUp({ status }: Container): boolean {
  return status === 'running' || status === 'restarting'
}

function isHealthy({ status, health }: Container): boolean {
  return status === 'running' && (health === '' || health === 'healthy')
}
