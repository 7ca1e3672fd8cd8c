import type { KnownContainer } from './containers.ts'

type Known = Pick<KnownContainer, 'project' | 'service' | 'dependsOn'>

/**
 * Containers in the order in which they are started: what others of their project depend on stands in an earlier row.
 * Those without a project come last, each in a row of its own. A circle of labels ends in one row.
 */
export function inStartOrder<Container extends Known>(containers: readonly Container[]): Container[][] {
  const composed = containers.filter(({ project }) => project !== '')
  const plain = containers.filter(({ project }) => project === '')
  const depths = composed.map((container) => ({ container, depth: depthOf(container, composed, []) }))
  const rows = Math.max(-1, ...depths.map(({ depth }) => depth)) + 1
  return [
    ...Array.from({ length: rows }, (_, row) =>
      depths.filter(({ depth }) => depth === row).map(({ container }) => container),
    ),
    ...plain.map((container) => [container]),
  ].filter((row) => row.length > 0)
}

function depthOf(container: Known, all: readonly Known[], above: readonly string[]): number {
  if (above.includes(container.service)) return 0
  const names = container.dependsOn.split(',').map((entry) => entry.split(':')[0] ?? '')
  const needed = all.filter(
    ({ project, service }) => project === container.project && names.includes(service),
  )
  return Math.max(0, ...needed.map((need) => 1 + depthOf(need, all, [...above, container.service])))
}
