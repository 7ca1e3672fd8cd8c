import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { imageName, projectName, serviceName, volumeName } from '../../fields/names.ts'
import { count } from '../../fields/numbers.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  project: projectName,
  services: z.array(serviceName).min(1).max(100).optional().meta({
    description: 'Services that must run. Default: those that have a container',
  }),
  completed: z
    .array(serviceName)
    .max(100)
    .default([])
    .meta({ description: 'Services that must have ended with exit code 0' }),
  healthyTimes: count.default(3).meta({
    title: 'count',
    description: 'How many checks in a row must find every service healthy. Default: 3',
  }),
  everySeconds: count
    .default(2)
    .meta({ title: 'count', description: 'Seconds between two checks. Default: 2' }),
  within: duration
    .default(300)
    .meta({ title: 'duration', description: 'Deadline of the check. Default: 5 minutes' }),
  images: z.record(serviceName, imageName).optional().meta({
    description:
      'The expected image of each service, by its name. A service that is not listed fails the check',
  }),
  volumes: z.record(serviceName, z.record(absolutePath, volumeName)).optional().meta({
    description: 'Volumes that the running containers must mount: { service: { /target: volume } }',
  }),
}

/** Checks a project repeatedly until all services are healthy, then compares their images and volumes. */
export const composeCheck = checkKind({
  kind: 'compose-check',
  summary: 'A Compose project is healthy several times in a row, with the expected images and volumes',
  fields,
  timeoutMinutes: 60,
  usualSeconds: 10,

  describe: ({ project, healthyTimes }) =>
    `check that project ${project} is healthy${healthyTimes > 1 ? `, ${healthyTimes} times in a row` : ''}`,
  effects: ({ project, volumes = {} }) => [
    { how: 'reads', what: 'project', name: project },
    ...Object.values(volumes)
      .flatMap((targets) => Object.values(targets))
      .map((name) => ({ how: 'reads', what: 'volume', name }) as const),
  ],

  /** Checks every `everySeconds`, in one exec. @throws StepNotVerified after `within`, with every problem. */
  async verify(step, host) {
    const { stdout } = await host.measure(
      'check',
      question(shellFile('compose-check/verify.sh', variablesOf(step)), {
        timeoutSeconds: step.within + 120,
      }),
    )
    const { checks, containers, wrong } = readFacts(stdout, {
      checks: amount,
      containers: amount,
      wrong: many,
    })
    if (wrong.length > 0) {
      const down = wrong.flatMap((what) => /^container (\S+) is (?:exited|created),/.exec(what)?.[1] ?? [])
      // After the death of an engine, containers with the policy unless-stopped stay down, and no retry of a check starts them.
      const start = down.length === 0 ? '' : `; to start them: docker start ${down.join(' ')}`
      throw new StepNotVerified(
        `project ${step.project} is not as expected after ${countOf(checks, 'check')}${start}`,
        wrong,
      )
    }
    const volumes = Object.values(step.volumes ?? {}).flatMap((targets) => Object.values(targets))
    return {
      summary:
        `${countOf(containers, 'container')} of project ${step.project} healthy ${countOf(step.healthyTimes, 'time')} in a row` +
        (step.images ? ', with the expected images' : '') +
        (volumes.length > 0 ? `; mounted: ${volumes.join(', ')}`.slice(0, 300) : ''),
      strength: 'observed',
      facts: { containers, checks, volumes },
    }
  },
})

function variablesOf(step: Values<typeof fields>) {
  const { project, services = [], completed, images, volumes = {} } = step
  return {
    ...{ project, services: services.join(' '), completed: completed.join(' ') },
    ...{ healthy_times: step.healthyTimes, every_seconds: step.everySeconds, within: step.within },
    compare_images: images ? 'yes' : 'no',
    images: Object.entries(images ?? {}).map((row) => row.join(' ')),
    volumes: Object.entries(volumes).flatMap(([service, targets]) =>
      Object.entries(targets).map((row) => [service, ...row].join('\t')),
    ),
  }
}
