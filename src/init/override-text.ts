import { freshOf, RUN } from './plan-text.ts'
import type { Service, Stack } from './stack.ts'
import { STACK_LABEL } from './survey.ts'
import { composeWord } from './words.ts'

/**
 * The Compose file that goes over the stack's own: the same services on what was restored. Volumes are named as external,
 * so that no other can be made by mistake; what has a name of its own gets another, for the old containers still have it.
 */
export function overrideText(stack: Stack): string {
  const services = stack.services.flatMap((service) => serviceLines(service, stack))
  const volumes = [
    ...stack.data
      .filter(({ is }) => is === 'volume')
      .flatMap((one) =>
        [one.key, ...(one.also ?? [])].map((key) => ({ key, name: freshOf(one), spoken: one.spoken })),
      ),
    ...stack.kept.map(({ key, volume }) => ({ key, name: volume, spoken: true })),
  ].map(
    ({ key, name, spoken }) =>
      `  ${composeWord(key)}:${spoken ? ' !override' : ''} { external: true, name: ${composeWord(name)} }`,
  )
  const networks = stack.networks.map(
    ({ key, network }) =>
      `  ${composeWord(key)}: !override { external: true, name: ${composeWord(network)} }`,
  )
  return [
    `# Over ${stack.files.join(', ')}: the same stack on what was restored. By hand: docker compose -p ${RUN} -f … -f this`,
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
    `  ${composeWord(name)}:`,
    // By it the stack is known again: the project is called after the run.
    `    labels: { ${STACK_LABEL}: ${composeWord(stack)} }`,
    ...(containerName === undefined ? [] : [`    container_name: ${composeWord(`${containerName}-${RUN}`)}`]),
    // Built for the old project, the image is called after it.
    ...(built ? [`    image: ${composeWord(image)}`] : []),
    ...(mounts.length === 0 ? [] : [`    volumes: [${mounts.map(composeWord).join(', ')}]`]),
  ]
}
