import type { Configuration, Container, Project } from '../shared/compose-project.ts'
import { blockedOnMissing, type Blocked } from '../step-kind.ts'

/** A project as its file wants it, as the host has it, and the services that matter. */
export interface ProjectState {
  readonly config: Configuration
  readonly found: Project
  readonly services: readonly string[]
}

/**
 * What an earlier step must make first: an external volume or network, a path that a service mounts (Docker would make
 * an empty directory there, and the service would run on it), an image that is not to be pulled.
 */
export function waitsFor({ config, found, services }: ProjectState, pull: string): Blocked | undefined {
  const volume = Object.values(config.volumes ?? {}).find(
    ({ name, external }) => external && !found.mountpoints.has(name),
  )
  if (volume) return blockedOnMissing('volume', volume.name, `the external volume ${volume.name}`)
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

/** What was there before, for the undo: containers by the first 12 characters of their ids. */
export function seenOf({ config, found, services }: ProjectState) {
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
    completes: services.filter((name) => completes(config, name)),
  }
}

/** The lines of a preview; none where every service is as it should be. */
export function changesOf({ config, found, services }: ProjectState): string[] {
  const seen = seenOf({ config, found, services })
  const ofServices = services.flatMap((name) => {
    const containers = found.containers.filter(({ service }) => service === name)
    if (containers.length === 0)
      return [`makes and starts a container for service ${name} from ${imageOf(config, name)}`]
    return containers.flatMap((container) => {
      if (!isUp(container))
        return isCompleted(config, container) ? [] : [`starts container ${nameOf(container)}`]
      return isWell(container) ? [] : [`waits until container ${nameOf(container)} is healthy`]
    })
  })
  return [
    ...seen.images.map((image) => `pulls image ${image}`),
    ...seen.volumes.map((name) => `makes the empty volume ${name}`),
    ...ofServices,
  ]
}

/** What is not as the file wants it, service by service and mount by mount. */
export function wrongWith(name: string, { config, found }: ProjectState): string[] {
  const containers = found.containers.filter(({ service }) => service === name)
  if (containers.length === 0) return [`service ${name} has no container`]
  return containers.flatMap((container) => {
    const { status, exitCode, health, hash, mounts } = container
    const called = `container ${nameOf(container)}`
    if (hash !== found.hashes.get(name)) return [`${called} was made from another configuration`]
    if (!isUp(container)) {
      return isCompleted(config, container) ? [] : [`${called} is ${status} with exit code ${exitCode}`]
    }
    if (!isWell(container)) return [`${called} is ${status}${health === '' ? '' : ` and ${health}`}`]
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

/** Images of these services that the host does not have. */
function imagesOf({ config, found, services }: ProjectState): string[] {
  const wanted = services.map((name) => imageOf(config, name))
  return [...new Set(wanted)].filter((image) => found.missingImage.includes(image))
}

/** What a service is made from; one that is built and not named is called after its project. */
function imageOf(config: Configuration, service: string): string {
  return config.services[service]?.image ?? `${config.name}-${service}`
}

/** Whether a service is to end by itself: another waits for that. */
function completes(config: Configuration, name: string): boolean {
  return Object.values(config.services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
  )
}

function isCompleted(config: Configuration, { service, status, exitCode }: Container): boolean {
  return status === 'exited' && exitCode === 0 && completes(config, service)
}

function isUp({ status }: Container): boolean {
  return status === 'running' || status === 'restarting'
}

function isWell({ status, health }: Container): boolean {
  return status === 'running' && (health === '' || health === 'healthy')
}

function nameOf({ name }: Container): string {
  return name
}
