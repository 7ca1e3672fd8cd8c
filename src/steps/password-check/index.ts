import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { variableName } from '../../fields/environment.ts'
import { line } from '../../fields/line.ts'
import { imageName, serviceName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { lines } from '../../shell/script.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { composeVariables, filesOf, projectFileFields } from '../shared/compose-project.ts'
import { auditProgress, dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchMariadbOf, scratchPostgresOf, serverOptions } from '../shared/scratch-options.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({
    description:
      'The data directory of the backup, or a directory that holds one. Its server was stopped cleanly',
  }),
  image: imageName.meta({
    description: "The image that serves a scratch copy. It is on the host, and of the backup's version",
  }),
  engine: z.enum(['postgres', 'mariadb']).default('postgres').meta({ description: 'Default: postgres' }),
  options: serverOptions,
  file: absolutePath.meta({ description: 'The Compose file that gives the password' }),
  ...projectFileFields,
  service: serviceName.meta({ description: 'The service that logs in with the password' }),
  variable: variableName.meta({
    description:
      'Its variable with the password, with a URL that holds one, or with the path of a file that does',
  }),
  user: line.optional().meta({
    description:
      'The role that logs in. Default: the role of the URL. Without a URL, one role that accepts the password is enough',
  }),
}
type Step = Values<typeof fields>

const CHECK_SECONDS = 86_400

/**
 * Tries a password on a scratch copy of a backup: the one that Compose gives a service, with the .env as it is now. A server
 * ignores POSTGRES_PASSWORD and its like on data that exists. The password is neither printed nor part of an argument.
 */
export const passwordCheck = checkKind({
  kind: 'password-check',
  summary: 'The restored database accepts the password that Compose gives a service',
  fields,
  isAudit: true,
  timeoutMinutes: 240,
  usualSeconds: 5,

  describe: ({ variable, service, backup }) =>
    `try the password in ${variable} of service ${service} on the backup ${backup}`,
  effects: ({ backup, image, ...step }) => [
    { how: 'reads', what: 'path', name: backup },
    { how: 'reads', what: 'image', name: image },
    ...filesOf(step).map((name) => ({ how: 'reads', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    return (await dataAtRestBlockedOn(step.engine, step, host)) ?? {}
  },

  async verify(step, host) {
    const { backup, image, options, engine, service, variable, user } = step
    const script = lines(
      engine === 'postgres'
        ? shellFile('password-check/postgres.sh', {
            ...scratchPostgresOf({ image, options }, host),
            ...{ container: '', project: '', service: '', user: '', called: '' },
          })
        : shellFile('password-check/mariadb.sh', scratchMariadbOf({ image, options }, host)),
      shellFile('password-check/verify.sh', {
        ...composeVariables({ ...step, services: [service] }),
        ...{ backup, role: user ?? '', of_service: service, variable },
        json_string: textFile('shared/json-string.awk'),
      }),
    )
    const check = question(script, {
      environment: step.environment ?? {},
      timeoutSeconds: CHECK_SECONDS,
    })
    const { stdout } = await host.measure('try-password', check, auditProgress)
    const found = readFacts(stdout, {
      ...{ problem: maybe, broken: maybe, tried: many, accepted: many, why: many },
    })
    const wrong = found.problem ?? found.broken?.replace(/^\w+\|/, '')
    if (wrong !== undefined) throw new StepNotVerified(`the password cannot be tried: ${wrong}`)
    const [role] = found.accepted
    if (role === undefined) throw new StepNotVerified(notAccepted(step, found))
    return {
      summary: `role ${role} of the backup ${backup} accepts the password that ${variable} of service ${service} has now`,
      strength: 'observed',
    }
  },
})

/** What happened, what was observed, and the two ways out. */
function notAccepted(
  { backup, variable, service, file, engine }: Step,
  { tried, why }: { readonly tried: readonly string[]; readonly why: readonly string[] },
): string {
  const [only] = tried
  const who = tried.length === 1 ? `role ${only}` : `none of the ${tried.length} roles`
  const folder = file.slice(0, file.lastIndexOf('/'))
  return [
    `${who} of the backup ${backup} ${tried.length === 1 ? 'does not accept' : 'accepts'} the password in ${variable} of service ${service}` +
      `: ${why.at(-1) ?? 'there is no role that may log in'}`,
    `put the password of the backup into the configuration in ${folder} (.env), then: retry`,
    ...(engine === 'postgres'
      ? [
          'or keep the new one: add this step after the start of the database, and run the plan again:',
          `  - { step: password, kind: role-password, project: "\${{ run.id }}", service: DATABASE, login: ${only ?? 'ROLE'}, password: "\${{ secrets.${variable} }}" }`,
        ]
      : []),
  ].join('\n')
}
