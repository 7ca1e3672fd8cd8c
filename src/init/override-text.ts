import { RUN } from './names.ts'
import { freshOf } from './plan-text.ts'
import type { Service, Stack } from './stack.ts'
import { STACK_LABEL } from './survey.ts'
import { composeScalar } from './yaml-scalar.ts'

/**
 * Returns the Compose file that overrides the stack's own: the same services on the restored data. Volumes are external, so
 * that Compose creates none by mistake. A container with a fixed name gets another: the old container still has it.
 */
export function overrideText(stack: Stack): string {
  const services = stack.services.flatMap((service) => serviceLines(service, stack))
  const volumes = [
    ...stack.data
      .filter(({ is }) => is === 'volume')
      .flatMap((one) =>
        [one.key, ...(one.also ?? [])].map((key) => ({
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
  const networks = stack.networks.map(
    ({ key, network }) =>
      `  ${composeScalar(key)}: !override { external: true, name: ${composeScalar(network)} }`,
  )
  return [
    `# Overrides ${stack.files.join(', ')}: the same stack on the restored data. By hand: docker compose -p ${RUN} -f … -f this`,
    ...section('services', services),
    ...section('volumes', volumes),
    ...section('networks', networks),
    '',
  ].join('\n')
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines]
}

function serviceLines(service: Service, { data, name: stack }: Stack): readonly string[] {
  const { service: name, containerName, built, image } = service
  const mounts = data
    .filter(({ is }) => is === 'directory')
    .flatMap((one) =>
      one.mounts
        .filter((mount) => mount.service === name)
        .map(({ target, readOnly, below }) => {
          const place = below === undefined ? freshOf(one) : `${freshOf(one)}/${below}`
          return `${place}:${target}${readOnly ? ':ro' : ''}`
        }),
    )
  return [
    `  ${composeScalar(name)}:`,
    // Identifies the stack: the project is named after the run.
    `    labels: { ${STACK_LABEL}: ${composeScalar(stack)} }`,
    ...(containerName === undefined
      ? []
      : [`    container_name: ${composeScalar(`${containerName}-${RUN}`)}`]),
    // The image is named after the old project, which built it.
    ...(built ? [`    image: ${composeScalar(image)}`] : []),
    ...(mounts.length === 0 ? [] : [`    volumes: [${mounts.map(composeScalar).join(', ')}]`]),
  ]
}
