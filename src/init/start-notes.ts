import { isAsConfigured } from '../steps/shared/compose-project.ts'
import { filesOf, startedLike } from './as-started.ts'
import type { Inspection } from './inspection.ts'
import type { Stack } from './stack.ts'
import type { Survey, SurveyedContainer } from './survey.ts'

export interface StartNoteOptions {
  readonly stack: Omit<Stack, 'notes'>
  readonly found: Survey
  /** Containers of services that the Compose file has. */
  readonly containers: readonly SurveyedContainer[]
  readonly inspected: Inspection
}

/** Describes where the restored stack would run with something else than the stack that runs now. */
export function ofStart(options: StartNoteOptions): readonly string[] {
  const { stack, found, containers } = options
  const { mayExit, failed, envFiles } = stack.start
  const joining = found.containers.filter(
    ({ network, project }) =>
      project !== stack.project && containers.some(({ id }) => network === `container:${id}`),
  )
  const absent = containers.filter(({ id }) => id === '').map(({ service }) => service)
  return [
    ...(absent.length > 0 && !stack.isNew
      ? [`${servicesText(absent)} has no container: the plan starts it as the Compose file says`]
      : []),
    ...(mayExit.length > 0
      ? [
          `${servicesText(mayExit)} ended with exit code 0: a job, which the plan starts again and which may end so`,
        ]
      : []),
    ...(failed.length > 0
      ? [
          `${servicesText(failed)} ended with an error, and nothing depends on it: the plan does not start it; add it to services: of step start`,
        ]
      : []),
    ...(envFiles !== undefined && containers.every(({ environmentFile }) => environmentFile === '')
      ? [
          `the running containers fit ${envFiles.join(' and ')}, and not the .env as it is now: the plan starts the restored ones with the former; remove envFiles: from step start to use the .env`,
        ]
      : []),
    ...ofImages(options),
    ...ofConfiguration(options),
    ...joining.map(
      ({ name, project }) =>
        `container ${name}${project === '' ? '' : ` of project ${project}`} uses the network of a container of this stack: create it again after the cutover`,
    ),
  ]
}

function ofImages({ stack, inspected: { config, images } }: StartNoteOptions): readonly string[] {
  return stack.services.flatMap(({ service, image, runs }) => {
    const declared = config?.services[service]?.image
    if (runs === undefined) return []
    if (images.has(service))
      return [
        `service ${service} runs an image that ${image} does not name any more: the plan starts the same one, ${runs}`,
      ]
    return declared === undefined
      ? []
      : [
          `service ${service} runs image ${image}, and the Compose file names ${declared} by now: the plan starts ${image}`,
        ]
  })
}

/** Names variables, never their values. */
function ofConfiguration({ containers, inspected }: StartNoteOptions): readonly string[] {
  const { config, differs, images } = inspected
  const known = startedLike(containers)
  const elsewhere = containers.filter((one) => known && filesOf(one) !== filesOf(known))
  const changed = containers.filter(
    (one) =>
      config &&
      one.id !== '' &&
      !isAsConfigured(one, { ...inspected, config }) &&
      !differs.some(({ service }) => service === one.service) &&
      // The plan starts the image that runs.
      [undefined, one.image].includes(config.services[one.service]?.image) &&
      !images.has(one.service),
  )
  const names = (of: readonly SurveyedContainer[]) => servicesText(of.map(({ service }) => service))
  return [
    ...(elsewhere.length > 0
      ? [
          `${names(elsewhere)} was started from other files, ${[...new Set(elsewhere.map(filesOf))].join('; ')}: the plan starts it from those of the other services`,
        ]
      : []),
    ...differs.map(({ service, name, from }) => {
      const variables = [...new Set(from)].join(', ')
      return (
        `service ${service} was started with another value of ${name} than the Compose file gives now: ` +
        (variables === ''
          ? 'the file was changed since; the plan starts it with the new value'
          : `set ${variables} in environment: of step start, or in the .env, unless the new value is right`)
      )
    }),
    ...(changed.length > 0
      ? [
          `the Compose file differs from the one that ${names(changed)} was started from: the plan starts it as the file is now`,
        ]
      : []),
  ]
}

function servicesText(names: readonly string[]): string {
  return `service ${[...new Set(names)].join(', ')}`
}
