/** How a plan names a container: by its name, or as a service of a project. */
export interface NamedContainer {
  readonly container?: string | undefined
  readonly project?: string | undefined
  readonly service?: string | undefined
}

/** Cross-field validation; returns the problem, or undefined. */
export function containerNameProblem(
  { container, project, service }: NamedContainer,
  { or }: { readonly or?: string } = {},
): string | undefined {
  if ((project === undefined) !== (service === undefined)) return 'needs project: and service: together'
  if ((container === undefined) === (project === undefined))
    return `needs either ${or === undefined ? '' : `${or}, `}container:, or project: and service:`
  return undefined
}

/** `container n8n-db`, `service db of project n8n`. */
export function describeContainer({ container, project, service }: NamedContainer): string {
  return container === undefined ? `service ${service} of project ${project}` : `container ${container}`
}
