import { dirname } from 'node:path'
import type { Data, Stack } from '../../init/stack.ts'
import { columns } from './columns.ts'

/** What init found and wrote, for people; the last line is what to type next. */
export function stackLines(stack: Stack, files: readonly string[]): readonly string[] {
  const { project, host, services, data, notes, schedules } = stack
  const plan = dirname(files[0] ?? '')
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
    ...files.map((file) => `wrote ${file}`),
    `  next: reinstate check ${plan}, then reinstate preview ${plan}`,
  ]
}

function inWords({ database, from, mounts }: Data, backup: string): string {
  const what = database ? `${database.engine} ${database.version}, ` : ''
  const where = mounts.map(({ service, target }) => `${service}:${target}`).join(', ')
  return `${what}at ${where}; from ${backup}/${from}`
}
