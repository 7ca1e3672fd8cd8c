import type { Container } from './containers.ts'

type Known = Pick<Container, 'project' | 'service' | 'dependsOn'>

/**
 * Groups containers into rows in their start order: a dependency stands in an earlier row than its dependents of the same
 * project, and each container in the last row that allows. In reverse, the stop order, a proxy without dependencies then
 * stops together with the applications; after them it would wait for their answers. Containers without a project come
 * last, each in its own row. A dependency cycle ends in one row.
 */
export function inStartOrder<Container extends Known>(containers: readonly Container[]): Container[][] {
  const composed = containers.filter(({ project }) => project !== '')
  const plain = containers.filter(({ project }) => project === '')
  const heights = composed.map((container) => ({ container, height: heightOf(container, composed, []) }))
  const highest = Math.max(-1, ...heights.map(({ height }) => height))
  return [
    ...Array.from({ length: highest + 1 }, (_, row) =>
      heights.filter(({ height }) => height === highest - row).map(({ container }) => container),
    ),
    ...plain.map((container) => [container]),
  ].filter((row) => row.length > 0)
}

/** Length of the longest chain of dependents. */
function heightOf(container: Known, all: readonly Known[], below: readonly string[]): number {
  if (below.includes(container.service)) return 0
  const on = all.filter(
    ({ project, dependsOn }) =>
      project === container.project &&
      dependsOn.split(',').some((entry) => entry.split(':')[0] === container.service),
  )
  return Math.max(0, ...on.map((one) => 1 + heightOf(one, all, [...below, container.service])))
}
