import { StepNotVerified, StepRefused } from '../../errors.ts'
import { databaseName, roleName } from '../../fields/postgres.ts'
import { password } from '../../fields/secret.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { maybe, readFacts } from '../facts.ts'
import {
  serverEnvironment,
  serverFields,
  describeContainer,
  serverBlockedOn,
  serverName,
  serverOf,
  containerNameProblem,
} from '../shared/postgres-server.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { changeKind, type Values } from '../step-kind.ts'

const fields = {
  ...serverFields,
  login: roleName.meta({
    description: 'The role whose password is set; its exact name. It must be able to log in',
  }),
  password,
  database: databaseName
    .default('postgres')
    .meta({ description: 'The database to which the role logs in for verification. Default: postgres' }),
}
type Step = Values<typeof fields>

/**
 * Sets the password of a role in a running server: POSTGRES_PASSWORD is ignored on a restored data directory. The old
 * verifier is saved on the host until the run is closed. Neither is in arguments, logs or receipts.
 */
export const rolePassword = changeKind({
  kind: 'role-password',
  summary: 'A role of a PostgreSQL server logs in with the password of the plan',
  fields,
  timeoutMinutes: 5,
  usualSeconds: 3,

  validate: (step) => containerNameProblem(step),
  describe: (step) => `set the password of role ${step.login} in ${describeContainer(step)}`,
  effects: (step) => [{ how: 'modifies', what: 'database', name: `${serverName(step)} role ${step.login}` }],

  async inspect(step, host) {
    const found = await readState(step, host)
    if (found.noServer !== undefined)
      return {
        blockedOn: serverBlockedOn(step, found.serverProject),
        text: `a login to ${describeContainer(step)}: ${found.noServer}`,
      }
    if (!found.role) {
      throw new StepRefused(
        `${describeContainer(step)} has no role ${step.login}; check the name and the data of the server`,
      )
    }
    if (found.role !== 'there') {
      throw new StepRefused(
        `role ${step.login} in ${describeContainer(step)} is ${found.role}; it cannot log in with any password`,
      )
    }
    if (found.wrong !== 'refused') throw new StepRefused(acceptsAnyPassword(step))
    return found.login === 'yes'
      ? { priorState: null, changes: [], because: `role ${step.login} logs in with this password` }
      : {
          priorState: null,
          changes: [`sets the password of role ${step.login}, which does not log in with it: ${found.why}`],
        }
  },

  async apply(step, _priorState, host) {
    await host.run(
      'set',
      command(shellFile('role-password/apply.sh', { ...roleOf(step), keep: host.originals }), {
        environment: environmentOf(step),
      }),
    )
  },

  async verify(step, host) {
    const { noServer, login, wrong, why } = await readState(step, host)
    if (noServer !== undefined) throw new StepNotVerified(noServer)
    if (login !== 'yes') {
      throw new StepNotVerified(
        `role ${step.login} does not log in to ${describeContainer(step)} with its password: ${why}`,
      )
    }
    if (wrong !== 'refused') throw new StepNotVerified(acceptsAnyPassword(step))
    return {
      summary: `role ${step.login} logs in to ${describeContainer(step)} over its network with the password of the plan, and not with a wrong one`,
      strength: 'observed',
    }
  },

  undoes: (step) =>
    `sets the old password of role ${step.login} in ${describeContainer(step)} again, unless others have changed it since`,

  async undo(step, _priorState, host) {
    const { stdout } = await host.run(
      'put-back',
      command(shellFile('role-password/undo.sh', { ...roleOf(step), keep: host.originals }), {
        environment: environmentOf(step),
      }),
    )
    const { left } = readFacts(stdout, { left: maybe })
    return left === undefined
      ? []
      : [{ what: `password of role ${step.login} in ${describeContainer(step)}`, why: left }]
  },
})

async function readState(step: Step, host: HostView) {
  const output = await host.ask(
    question(shellFile('role-password/inspect.sh', roleOf(step)), { environment: environmentOf(step) }),
  )
  return readFacts(output, {
    ...{ noServer: maybe, serverProject: maybe },
    ...{ role: maybe, login: maybe, wrong: maybe, why: maybe },
  })
}

function roleOf(step: Step) {
  return { ...serverOf(step), role: step.login, database: step.database }
}

function environmentOf(step: Step) {
  return { ...serverEnvironment(step), PASSWORD: step.password }
}

function acceptsAnyPassword(step: Step): string {
  return (
    `${describeContainer(step)} accepts any password of role ${step.login} from its network, so this one cannot be verified; ` +
    'require scram-sha-256 in its pg_hba.conf'
  )
}
