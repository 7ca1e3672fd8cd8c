import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { environment } from '../../fields/environment.ts'
import { containerName, projectName, serviceName } from '../../fields/names.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { describeContainer, containerNameProblem } from '../shared/named-container.ts'
import { amount, many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  container: containerName
    .optional()
    .meta({ description: 'The container by its name; or its project and service' }),
  project: projectName.optional(),
  service: serviceName
    .optional()
    .meta({ description: 'A service of the project; every container of it is checked' }),
  status: z
    .enum(['running', 'exited'])
    .default('running')
    .meta({ description: 'Whether it runs, or has come to its end' }),
  exitCode: z.int().min(0).max(255).optional().meta({ description: 'With status: exited' }),
  upFor: duration
    .optional()
    .meta({ title: 'duration', description: 'How long it must have run without being started again' }),
  environment: environment.optional().meta({
    description: 'Variables that it must have, byte for byte; compared on the host, a value is never shown',
  }),
  user: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,31}$/, { error: 'must be one user, by name or number' })
    .optional()
    .meta({ title: 'user', description: 'Whom its first process belongs to, by name or number' }),
  mounts: z
    .record(absolutePath, z.string().min(2).max(4000))
    .optional()
    .meta({ description: 'What must be mounted: { /target: a volume, or a path of the host }' }),
  exec: z
    .strictObject({
      command: z
        .array(z.string().regex(/^[^\0]*$/))
        .min(1)
        .max(100)
        .meta({ description: 'What is run in it, word by word: it must change nothing' }),
      equals: z.string().max(10_000).optional().meta({ description: 'All that it prints' }),
      contains: z.string().min(1).max(10_000).optional().meta({ description: 'A text in what it prints' }),
    })
    .optional()
    .meta({
      description:
        'A command that only looks, run inside: it must end with 0 and print this, line feeds at the end left out',
    }),
}
type Step = Values<typeof fields>

/** Looks at one container, or at those of one service. It changes nothing, as far as its command does not. */
export const containerCheck = checkKind({
  kind: 'container-check',
  summary: 'A container is as it should be: state, user, variables, mounts, what a command inside says',
  fields,
  timeoutMinutes: 10,
  usualSeconds: 5,

  validate(step) {
    const { status, exitCode, upFor, user, exec } = step
    const wrong = containerNameProblem(step)
    if (wrong !== undefined) return wrong
    if (exitCode !== undefined && status !== 'exited') return 'has exitCode: but not status: exited'
    if (status === 'exited' && (upFor ?? user ?? exec) !== undefined)
      return 'asks of a container that is to have ended what only a running one has: upFor:, user: or exec:'
    return undefined
  },
  describe: (step) => `check ${describeContainer(step)}`,
  effects: ({ container, project }) => [
    container === undefined
      ? { how: 'reads', what: 'project', name: project ?? '' }
      : { how: 'reads', what: 'container', name: container },
  ],

  /** @throws StepNotVerified naming all that is not as it should be; never a value of a variable. */
  async verify(step, host) {
    const asked = question(shellFile('container-check/verify.sh', variablesOf(step), step.exec?.command), {
      environment: expectedVariables(step),
      timeoutSeconds: 300,
    })
    const { stdout } = await host.measure('check', asked)
    const { containers, wrong } = readFacts(stdout, { containers: amount, wrong: many })
    if (wrong.length > 0)
      throw new StepNotVerified(`${describeContainer(step)} is not as it should be`, wrong)
    const several = containers > 1 ? ` (${countOf(containers, 'container')})` : ''
    return {
      summary: `${describeContainer(step)}${several}: ${seenIn(step).join(', ')}`,
      strength: 'observed',
      facts: { containers },
    }
  },
})

/** What was looked at and right, in words; no value of a variable. */
function seenIn({ status, exitCode, upFor, user, mounts = {}, exec, environment = {} }: Step): string[] {
  const [targets, names] = [Object.keys(mounts), Object.keys(environment)]
  return [
    exitCode === undefined ? status : `${status} with exit code ${exitCode}`,
    ...(upFor === undefined ? [] : [`for ${upFor} s at least`]),
    ...(user === undefined ? [] : [`as user ${user}`]),
    ...(targets.length === 0 ? [] : [`${countOf(targets.length, 'mount')} as meant`]),
    ...(names.length === 0 ? [] : [`${countOf(names.length, 'variable')} equal byte for byte`]),
    ...(exec ? [`${exec.command.join(' ').slice(0, 60)} said what it should`.replace(/\s+/g, ' ')] : []),
  ]
}

/** The expected values, for the environment of the script: they are in no text and in no process list. */
function expectedVariables({ environment = {} }: Step): Environment {
  return Object.fromEntries(Object.values(environment).map((value, index) => [`EXPECTED_${index}`, value]))
}

function variablesOf({ container, project, service, status, exitCode, upFor, user, exec, ...step }: Step) {
  return {
    ...{ container: container ?? '', project: project ?? '', service: service ?? '', status },
    ...{ exit_code: exitCode ?? '', up_for: upFor ?? '', user: user ?? '' },
    variables: Object.keys(step.environment ?? {}).join(' '),
    mounts: Object.entries(step.mounts ?? {}).map(([target, source]) =>
      [JSON.stringify(target), target, source].join('\t'),
    ),
    compare_output: exec?.equals === undefined ? 'no' : 'yes',
    equals: exec?.equals?.replace(/\n+$/, '') ?? '',
    contains: exec?.contains ?? '',
  }
}
