import { placeName } from '../../init/account.ts'
import type { Data, Stack } from '../../init/stack.ts'
import { columns } from '../rendering/columns.ts'

interface Written {
  readonly wrote: readonly string[]
  /** The plan, as an argument of a command. */
  readonly plan: string
  /** The text of plan.yaml. */
  readonly text: string
}

/** Lists what init found and wrote; the last line is the next command. */
export function stackLines(stack: Stack, { wrote, plan, text }: Written): readonly string[] {
  const { project, host, services, data, notes, schedules } = stack
  return [
    `${project} on ${host}: ${stack.files.join(', ')}`,
    ...columns(
      [
        ...services.map(({ service, image, status, ports }) => [
          `service ${service}`,
          [image, status, ...ports.map((port) => `port ${port}`)].join(', '),
        ]),
        ...data.map((one) => [`${one.is} ${one.live}`, describeData(one, stack.backup.directory)]),
        ...stack.places.flatMap((one) => (one.verdict === 'restored' ? [] : [[placeName(one), one.verdict]])),
        ...schedules.map((place) => ['schedule', place]),
      ],
      '  ',
    ),
    ...notes.map((line) => `note: ${line}`),
    ...guessLines(stack, text),
    ...wrote.map((file) => `wrote ${file}`),
    `  next: reinstate check ${plan}, then reinstate preview ${plan}`,
  ]
}

/** Names the lines of the plan that follow from a guess. */
function guessLines({ data }: Stack, text: string): readonly string[] {
  return data.flatMap(({ live, from, guess }) => {
    if (guess === undefined) return []
    const lines = text.split('\n').flatMap((line, index) => (line.includes(`}/${from}"`) ? [index + 1] : []))
    return [
      `guessed: ${live} from ${from}; if it is another folder, change lines ${lines.join(', ')} of plan.yaml`,
    ]
  })
}

function describeData({ database, from, mounts }: Data, backup: string): string {
  const what = database ? `${database.engine} ${database.version}, ` : ''
  const where = mounts.map(({ service, target }) => `${service}:${target}`).join(', ')
  return `restored: ${what}at ${where}; from ${backup}/${from}`
}
