import { z } from 'zod'
import { absolutePath } from '../../fields/absolute-path.ts'
import { variableName } from '../../fields/environment.ts'
import { imageName, serviceName, volumeName } from '../../fields/names.ts'
import { databaseName, roleName } from '../../fields/postgres.ts'
import { relativePath } from '../../fields/relative-path.ts'
import { password } from '../../fields/secret.ts'
import { projectFileFields } from '../shared/compose-project.ts'
import { liveServer } from '../shared/live-rows.ts'
import { serverOptions } from '../shared/scratch-options.ts'
import type { Values } from '../step-kind.ts'

const passwordOf = z.strictObject({
  file: absolutePath.meta({ description: 'The Compose file that gives the passwords' }),
  ...projectFileFields,
  service: serviceName.meta({ description: 'The service of the server' }),
  variable: variableName.optional().meta({
    description: 'Its variable with the password of user:, or with the path of a file that holds it',
  }),
  rootVariable: variableName.optional().meta({ description: 'The same for the password of root' }),
})
export type PasswordOf = z.infer<typeof passwordOf>

export const fields = {
  server: z.enum(['postgres', 'mariadb']).meta({
    description:
      'The server whose dump it is. Tried with PostgreSQL 17 and MariaDB 11.8. Not tried: TimescaleDB, for which the step calls timescaledb_pre_restore and timescaledb_post_restore',
  }),
  dump: absolutePath.meta({
    description:
      'The dump on the host: a file, plain or packed with gzip, zstd, xz or bzip2, or the directory that pg_dump -Fd writes. Archives are loaded without --create, so settings and grants of the database itself are left out. Refused with a backslash command of psql',
  }),
  globals: absolutePath.optional().meta({
    description:
      'postgres: the roles that a dump of one database names, from pg_dumpall --globals-only: plain or packed',
  }),
  image: imageName.meta({
    description: 'The image that will serve the volume. It is on the host, and its server reads the dump',
  }),
  volume: volumeName.meta({
    description: 'A volume that does not exist yet; the step fills it with a new server that holds the dump',
  }),
  directory: relativePath.optional().meta({
    description:
      "Where in the volume the server's data is. Default: where the image has it, which is the volume itself for most",
  }),
  database: databaseName.optional().meta({
    description: 'Where a dump of one database goes. Not for a dump of a whole server, which names its own',
  }),
  user: roleName.optional().meta({
    description:
      'postgres: the superuser of the new server. Default: postgres. mariadb: an account with all rights on database:',
  }),
  password: password.optional().meta({
    description: 'The password of user:, unless the dump sets one: ${{ secrets.NAME }}',
  }),
  rootPassword: password.optional().meta({
    description: 'mariadb: the password of root, unless the dump sets one: ${{ secrets.NAME }}',
  }),
  passwordOf: passwordOf.optional().meta({
    title: 'passwords of a service',
    description:
      'Alternative to password: and rootPassword: { file, project, service, variable, rootVariable }, the passwords that Compose gives a service with the .env as it is now. Further fields as in password-check: overrides, projectDirectory, envFiles, environment',
  }),
  initdb: z
    .array(
      z.string().regex(/^--[a-z][a-z-]*(=[^\r\n]*)?$/, { error: 'must be an option such as --locale=C' }),
    )
    .max(20)
    .default([])
    .meta({
      description: 'postgres: options of initdb, such as --locale=de_DE.utf8. Default: those of the image',
    }),
  options: serverOptions,
  live: liveServer,
  jobs: z.int().min(1).max(64).optional().meta({
    description:
      'How many connections load at once where the format allows. Default: one per processor, at most 8',
  }),
}

export type Step = Values<typeof fields>
