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
import { countOf, truncate } from '../format.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  container: containerName
    .optional()
    .meta({ description: 'The name of the container. Alternative: its project and service' }),
  project: projectName.optional(),
  service: serviceName
    .optional()
    .meta({ description: 'A service of the project. The step checks every container of it' }),
  status: z
    .enum(['running', 'exited'])
    .default('running')
    .meta({ description: 'Whether the container must run or have ended. Default: running' }),
  exitCode: z.int().min(0).max(255).optional().meta({ description: 'With status: exited' }),
  upFor: duration
    .optional()
    .meta({ title: 'duration', description: 'How long it must have run without a restart' }),
  environment: environment.optional().meta({
    description: 'Variables that it must have, byte for byte. Compared on the host; values are never shown',
  }),
  user: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,31}$/, { error: 'must be one user, by name or number' })
    .optional()
    .meta({ title: 'user', description: 'The user of its first process, by name or number' }),
  mounts: z
    .record(absolutePath, z.string().min(2).max(4000))
    .optional()
    .meta({ description: 'Required mounts: { /target: a volume, or a path of the host }' }),
  exec: z
    .strictObject({
      command: z
        .array(z.string().regex(/^[^\0]*$/))
        .min(1)
        .max(100)
        .meta({ description: 'The command and its arguments. It must change nothing' }),
      equals: z.string().max(10_000).optional().meta({ description: 'Its whole output' }),
      contains: z.string().min(1).max(10_000).optional().meta({ description: 'A text in its output' }),
    })
    .optional()
    .meta({
      description:
        'A read-only command to run in the container. It must exit with 0 and print this; trailing line feeds are ignored',
    }),
}
type Step = Values<typeof fields>

/** Checks one container, or those of one service. Changes nothing, provided that its command changes nothing. */
export const containerCheck = checkKind({
  kind: 'container-check',
  summary: 'A container has the expected state, user, variables, mounts and command output',
  fields,
  timeoutMinutes: 10,
  usualSeconds: 5,

  validate(step) {
    const { status, exitCode, upFor, user, exec } = step
    const problem = containerNameProblem(step)
    if (problem !== undefined) return problem
    if (exitCode !== undefined && status !== 'exited') return 'has exitCode: but not status: exited'
    if (status === 'exited' && (upFor ?? user ?? exec) !== undefined)
      return 'has status: exited and a field that needs a running container: upFor:, user: or exec:'
    return undefined
  },
  describe: (step) => `check ${describeContainer(step)}`,
  effects: ({ container, project }) => [
    container === undefined
      ? { how: 'reads', what: 'project', name: project ?? '' }
      : { how: 'reads', what: 'container', name: container },
  ],

  /** @throws StepNotVerified with every problem, and no value of a variable. */
  async verify(step, host) {
    const check = question(shellFile('container-check/verify.sh', variablesOf(step), step.exec?.command), {
      environment: expectedVariables(step),
      timeoutSeconds: 300,
    })
    const { stdout } = await host.measure('check', check)
    const { containers, wrong } = readFacts(stdout, { containers: amount, wrong: many })
    if (wrong.length > 0) throw new StepNotVerified(`${describeContainer(step)} is not as expected`, wrong)
    const several = containers > 1 ? ` (${countOf(containers, 'container')})` : ''
    return {
      summary: `${describeContainer(step)}${several}: ${observedIn(step).join(', ')}`,
      strength: 'observed',
      facts: { containers },
    }
  },
})

/** The properties that were checked; no value of a variable. */
function observedIn({ status, exitCode, upFor, user, mounts = {}, exec, environment = {} }: Step): string[] {
  const [targets, names] = [Object.keys(mounts), Object.keys(environment)]
  return [
    exitCode === undefined ? status : `${status} with exit code ${exitCode}`,
    ...(upFor === undefined ? [] : [`for at least ${upFor} s`]),
    ...(user === undefined ? [] : [`as user ${user}`]),
    ...(targets.length === 0 ? [] : [`${countOf(targets.length, 'mount')} as expected`]),
    ...(names.length === 0 ? [] : [`${countOf(names.length, 'variable')} equal byte for byte`]),
    ...(exec
      ? [`${truncate(exec.command.join(' ').replace(/\s+/g, ' '), 60)} printed what is expected`]
      : []),
  ]
}

/** The expected values go by environment: they stay out of the script's text and of process lists. */
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
