import type { ProjectRef } from '../steps/shared/compose-project.ts'
import type { InspectedConfiguration } from './inspection.ts'
import type { SurveyedContainer } from './survey.ts'

/** How the plan starts the services, so that the restored stack runs with what its predecessor ran with. */
export interface AsStarted {
  /** The project directory, unless it is the one of the first Compose file. */
  readonly projectDirectory?: string
  /** Env files other than the .env in the project directory. */
  readonly envFiles?: readonly string[]
  /** The services to start, unless they are all that Compose starts by itself. */
  readonly services?: readonly string[]
  /** One-shot jobs. */
  readonly mayExit: readonly string[]
  /** Jobs that ended with an error, which the plan does not start. */
  readonly failed: readonly string[]
}

/** Returns a container of a project whose files most of the others were started from, too. */
export function startedLike(containers: readonly SurveyedContainer[]): SurveyedContainer | undefined {
  const like = (one: SurveyedContainer) =>
    containers.filter((other) => filesOf(other) === filesOf(one)).length
  return containers.toSorted((a, b) => like(b) - like(a))[0]
}

/** The files that a container was started from, by its labels. */
export function filesOf({ files, directory, environmentFile }: SurveyedContainer): string {
  return [files, directory, environmentFile].filter(Boolean).join(' ')
}

/** Adds to a project the options that its containers were started with. Every profile counts: containers show which services ran. */
export function projectAsStarted(
  { directory, environmentFile }: SurveyedContainer,
  ref: Pick<ProjectRef, 'file' | 'overrides' | 'project'>,
): ProjectRef {
  const envFiles = environmentFile.split(',').filter(Boolean)
  return {
    ...ref,
    ...(directory !== '' && { projectDirectory: directory }),
    ...(envFiles.length > 0 && { envFiles }),
    services: [],
  }
}

/** Returns which services the plan starts, and which of them may end. */
export function startedServices(
  containers: readonly SurveyedContainer[],
  config: InspectedConfiguration,
): Pick<AsStarted, 'services' | 'mayExit' | 'failed'> {
  const names = [...new Set(containers.map(({ service }) => service))].toSorted()
  const of = (name: string) => containers.filter(({ service }) => service === name)
  // Of a stack that is down as a whole, nothing distinguishes a job from a server.
  const serves = containers.some(({ status }) => status === 'running')
  const ended = serves ? names.filter((name) => of(name).every(isJob)) : []
  const failed = ended.filter(
    (name) =>
      of(name).some(({ exitCode }) => exitCode !== 0) && !isWanted(name, config) && !of(name).some(writes),
  )
  const wanted = names.filter((name) => !failed.includes(name))
  const byItself = Object.entries(config.services).flatMap(([name, { profiles }]) =>
    (profiles ?? []).length === 0 ? [name] : [],
  )
  return {
    ...(wanted.join() !== byItself.toSorted().join() && { services: wanted }),
    mayExit: ended.filter(
      (name) => of(name).every(({ exitCode }) => exitCode === 0) && !isAwaited(name, config),
    ),
    failed,
  }
}

/** Returns the services without a container that services with one depend on: Compose starts them, too. */
export function absentDependencies(
  containers: readonly SurveyedContainer[],
  { services }: InspectedConfiguration,
): readonly string[] {
  const names = containers.map(({ service }) => service)
  const found = new Set(names)
  for (const name of found)
    for (const other of Object.keys(services[name]?.depends_on ?? {})) found.add(other)
  return [...found].filter((name) => !names.includes(name) && services[name])
}

/** Returns the services without a container that mount a place that the operator names, as `PLACE` or `PLACE=FOLDER`. */
export function absentUsers(
  containers: readonly SurveyedContainer[],
  { config, places }: { readonly config: InspectedConfiguration; readonly places: readonly string[] },
): readonly string[] {
  const names = places.map((text) => text.replace(/=.*/, '').replace(/^.*\/(?=.)/, ''))
  return Object.entries(config.services).flatMap(([service, { folders }]) =>
    !containers.some((one) => one.service === service) && folders.some((name) => names.includes(name))
      ? [service]
      : [],
  )
}

/** Whether a container has ended, and nothing about it says that it should serve. */
function isJob({ status, policy, hasHealthCheck, ports }: SurveyedContainer): boolean {
  const published = Object.keys(ports ?? {}).length > 0
  return status === 'exited' && !hasHealthCheck && !published && ['', 'no', 'on-failure'].includes(policy)
}

function writes({ mounts }: SurveyedContainer): boolean {
  return mounts.some(({ RW }) => RW)
}

/** Whether another service depends on this one. */
function isWanted(name: string, { services }: InspectedConfiguration): boolean {
  return Object.values(services).some(({ depends_on }) => depends_on?.[name] !== undefined)
}

/** Whether another service waits until this one has ended. Compose and compose-up know that by themselves. */
export function isAwaited(name: string, { services }: InspectedConfiguration): boolean {
  return Object.values(services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
  )
}

/** Returns the number of containers of a service, where it differs from the one of the Compose file. */
export function replicasOf(
  name: string,
  {
    containers,
    config,
  }: { readonly containers: readonly SurveyedContainer[]; readonly config: InspectedConfiguration },
): { readonly count: number; readonly field: 'scale' | 'replicas' } | undefined {
  const count = containers.filter(({ service, id }) => service === name && id !== '').length
  const { scale, deploy } = config.services[name] ?? {}
  const declared = deploy?.replicas ?? scale ?? 1
  if (count === declared || count === 0) return undefined
  return { count, field: typeof deploy?.replicas === 'number' ? 'replicas' : 'scale' }
}
