import type { InspectedConfiguration } from './inspection.ts'
import { withoutRun } from './names.ts'
import { portsOf } from './ports.ts'
import type { Service } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

/** Each service once, however many containers it has. */
export function servicesOf(
  containers: readonly SurveyedContainer[],
  about: { readonly config: InspectedConfiguration; readonly madeBy: string | undefined },
): readonly Service[] {
  const first = new Map(containers.toReversed().map((one) => [one.service, one]))
  return [...first.values()]
    .toSorted((a, b) => a.service.localeCompare(b.service))
    .map((one) => serviceOf(one, about))
}

function serviceOf(
  container: SurveyedContainer,
  { config, madeBy }: { readonly config: InspectedConfiguration; readonly madeBy: string | undefined },
): Service {
  const { service, image, status, variables } = container
  const declared = config.services[service]
  return {
    ...{ service, image, status, ports: portsOf(container), variables: variables.toSorted() },
    ...(declared?.container_name !== undefined && {
      containerName: withoutRun(declared.container_name, madeBy),
    }),
    ...(declared?.build === true && declared.image === undefined && { built: true as const }),
  }
}
