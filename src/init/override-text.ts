import { isAnonymous } from './places.ts'
import { optionsOf } from '../steps/shared/compose-project.ts'
import { RUN } from './names.ts'
import { freshOf } from './plan-text.ts'
import type { Service, Stack } from './stack.ts'
import { STACK_LABEL } from './survey.ts'
import { composeScalar } from './yaml-scalar.ts'

/**
 * Returns the Compose file that overrides the stack's own: the same services on the restored data. Volumes are external, so
 * that Compose creates none by mistake. A container with a fixed name gets another: the old container still has it, and its
 * name becomes an alias. Networks are those of the old containers, which are stopped when these start.
 */
export function overrideText(stack: Stack): string {
  const services = stack.services.flatMap((service) => serviceLines(service, stack))
  const volumes = [
    ...stack.data
      .filter(({ is, dump }) => is === 'volume' || dump)
      .flatMap((one) =>
        [one.dump?.key ?? one.key, ...(one.also ?? [])].map((key) => ({
          key,
          name: freshOf(one),
          customized: one.customized,
        })),
      ),
    ...stack.kept.map(({ key, volume }) => ({ key, name: volume, customized: true })),
  ].map(
    ({ key, name, customized }) =>
      `  ${composeScalar(key)}:${customized ? ' !override' : ''} { external: true, name: ${composeScalar(name)} }`,
  )
  const bound = stack.data.flatMap((one) =>
    (one.volumes ?? []).map(({ key, below }) => {
      const device = below === undefined ? freshOf(one) : `${freshOf(one)}/${below}`
      return `  ${composeScalar(key)}: !override { name: ${composeScalar(`${RUN}_${key}`)}, driver: local, driver_opts: { type: none, o: bind, device: ${composeScalar(device)} } }`
    }),
  )
  const networks = stack.networks.map(
    ({ key, network }) =>
      `  ${composeScalar(key)}: !override { external: true, name: ${composeScalar(network)} }`,
  )
  const byHand = ['docker compose -p', RUN, ...optionsOf(stack.start), '-f … -f this'].join(' ')
  return [
    `# Overrides ${stack.files.join(', ')}: the same stack on the restored data. By hand: ${byHand}`,
    ...section('services', services),
    ...section('volumes', [...volumes, ...bound]),
    ...section('networks', networks),
    '',
  ].join('\n')
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines]
}

function serviceLines(service: Service, { data, kept, name: stack }: Stack): readonly string[] {
  const { service: name, containerName, runs, replicas, addresses } = service
  const mounts = data
    .filter(({ is, live }) => is === 'directory' || isAnonymous(live))
    .flatMap((one) =>
      one.mounts
        .filter((mount) => mount.service === name && mount.volume === undefined)
        .map(({ target, readOnly, below }) => {
          if (one.is === 'volume' || one.dump) return `${one.dump?.key ?? one.key}:${target}`
          const place = below === undefined ? freshOf(one) : `${freshOf(one)}/${below}`
          return `${place}:${target}${readOnly ? ':ro' : ''}`
        }),
    )
  const again = kept.flatMap(({ key, mounts = [] }) =>
    mounts.filter(({ service }) => service === name).map(({ target }) => `${key}:${target}`),
  )
  const volumes = [...mounts, ...again]
  return [
    `  ${composeScalar(name)}:`,
    // Identifies the stack: the project is named after the run.
    `    labels: { ${STACK_LABEL}: ${composeScalar(stack)} }`,
    ...(containerName === undefined
      ? []
      : [`    container_name: ${composeScalar(`${containerName}-${RUN}`)}`]),
    ...(runs === undefined ? [] : [`    image: ${composeScalar(runs)}`]),
    ...(replicas === undefined ? [] : [`    ${scaleText(replicas)}`]),
    ...networkLines(addresses.aliases),
    ...Object.entries(addresses.joins).map(([field, joined]) => `    ${field}: ${composeScalar(joined)}`),
    ...(addresses.volumesFrom === undefined
      ? []
      : [`    volumes_from: !override [${addresses.volumesFrom.map(composeScalar).join(', ')}]`]),
    ...(volumes.length === 0 ? [] : [`    volumes: [${volumes.map(composeScalar).join(', ')}]`]),
  ]
}

/** Compose refuses a file that sets both fields to different numbers. */
function scaleText({ count, field }: NonNullable<Service['replicas']>): string {
  return field === 'scale' ? `scale: ${count}` : `deploy: { replicas: ${count} }`
}

function networkLines(aliases: Service['addresses']['aliases']): readonly string[] {
  const lines = Object.entries(aliases).map(
    ([key, names]) => `      ${composeScalar(key)}: { aliases: [${names.map(composeScalar).join(', ')}] }`,
  )
  return lines.length === 0 ? [] : ['    networks:', ...lines]
}
