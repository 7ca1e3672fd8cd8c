import type { KnownContainer } from './containers.ts'

type Known = Pick<KnownContainer, 'project' | 'service' | 'dependsOn'>

/**
 * Containers in the order in which they are started: what others of their project depend on stands in an earlier row, and
 * each as late as that allows. Stopped the other way round, a proxy that names nothing it depends on stops with the
 * applications; after them it would keep visitors, and its own end, waiting for answers. Those without a project come
 * last, each in a row of its own. A circle of labels ends in one row.
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

/** How many stand on it, one on the other. */
function heightOf(container: Known, all: readonly Known[], below: readonly string[]): number {
  if (below.includes(container.service)) return 0
  const on = all.filter(
    ({ project, dependsOn }) =>
      project === container.project &&
      dependsOn.split(',').some((entry) => entry.split(':')[0] === container.service),
  )
  return Math.max(0, ...on.map((one) => 1 + heightOf(one, all, [...below, container.service])))
}
