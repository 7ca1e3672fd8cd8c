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
  services: z
    .array(serviceName)
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'These must have containers; without it, those that have one must be well' }),
  completed: z
    .array(serviceName)
    .max(100)
    .default([])
    .meta({ description: 'Services that are to have ended with exit code 0' }),
  healthyTimes: count
    .default(3)
    .meta({ title: 'count', description: 'How many looks in a row must find every service well' }),
  everySeconds: count.default(2).meta({ title: 'count', description: 'Seconds between two looks' }),
  within: duration.default(300),
  images: z.record(serviceName, imageName).optional().meta({
    description: 'The image of each service by its name; a service that is not named here is wrong',
  }),
  volumes: z
    .record(serviceName, z.record(absolutePath, volumeName))
    .optional()
    .meta({ description: 'What the running containers must mount: { service: { /target: volume } }' }),
}

/** Looks at a whole project until it is well, time after time, with the images and the volumes that are meant. */
export const composeCheck = checkKind({
  kind: 'compose-check',
  summary: 'A Compose project is well several times in a row, on the images and the volumes that are meant',
  fields,
  timeoutMinutes: 60,
  usualSeconds: 10,

  describe: ({ project, healthyTimes }) =>
    `check that project ${project} is well${healthyTimes > 1 ? `, ${healthyTimes} times in a row` : ''}`,
  effects: ({ project, volumes = {} }) => [
    { how: 'reads', what: 'project', name: project },
    ...Object.values(volumes)
      .flatMap((targets) => Object.values(targets))
      .map((name) => ({ how: 'reads', what: 'volume', name }) as const),
  ],

  /** Looks every `everySeconds`, all of it in one exec. @throws StepNotVerified after `within`, naming what is not well. */
  async verify(step, host) {
    const { stdout } = await host.measure(
      'check',
      question(shellFile('compose-check/verify.sh', variablesOf(step)), {
        timeoutSeconds: step.within + 120,
      }),
    )
    const found = readFacts(stdout, { looks: amount, containers: amount, wrong: many })
    const { looks, containers, wrong } = found
    if (wrong.length > 0) {
      const down = wrong.flatMap((what) => /^container (\S+) is (?:exited|created),/.exec(what)?.[1] ?? [])
      // An engine that died leaves down what is to run "unless stopped", and no retry of a check starts it.
      const start = down.length === 0 ? '' : `; to start what is down: docker start ${down.join(' ')}`
      throw new StepNotVerified(
        `project ${step.project} is not as it should be, after ${countOf(looks, 'look')}${start}`,
        wrong,
      )
    }
    const volumes = Object.values(step.volumes ?? {}).flatMap((targets) => Object.values(targets))
    return {
      summary:
        `${countOf(containers, 'container')} of project ${step.project} well ${countOf(step.healthyTimes, 'time')} in a row` +
        (step.images ? ', all of the images that are meant' : '') +
        (volumes.length > 0 ? `; mounted: ${volumes.join(', ')}`.slice(0, 300) : ''),
      strength: 'observed',
      facts: { containers, looks, volumes },
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
