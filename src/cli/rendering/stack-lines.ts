import type { Data, Stack } from '../../init/stack.ts'
import { columns } from './columns.ts'

interface Written {
  readonly wrote: readonly string[]
  /** The plan, as a command takes it. */
  readonly plan: string
}

/** What init found and wrote, for people; the last line is what to type next. */
export function stackLines(stack: Stack, { wrote, plan }: Written): readonly string[] {
  const { project, host, services, data, notes, schedules } = stack
  return [
    `${project} on ${host}: ${stack.files.join(', ')}`,
    ...columns(
      [
        ...services.map(({ service, image, status, ports }) => [
          `service ${service}`,
          [image, status, ...ports.map((port) => `port ${port}`)].join(', '),
        ]),
        ...data.map((one) => [`${one.is} ${one.live}`, inWords(one, stack.backup.directory)]),
        ...schedules.map((place) => ['schedule', place]),
      ],
      '  ',
    ),
    ...notes.map((line) => `mind: ${line}`),
    ...wrote.map((file) => `wrote ${file}`),
    `  next: reinstate check ${plan}, then reinstate preview ${plan}`,
  ]
}

function inWords({ database, from, mounts }: Data, backup: string): string {
  const what = database ? `${database.engine} ${database.version}, ` : ''
  const where = mounts.map(({ service, target }) => `${service}:${target}`).join(', ')
  return `${what}at ${where}; from ${backup}/${from}`
}
