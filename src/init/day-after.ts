import { directoryOf, RUN } from './names.ts'
import type { EnvFileState, Schedule } from './schedules.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'
import type { DayAfter, Stack } from './stack.ts'
import { composeScalar, yamlScalar } from './yaml-scalar.ts'

interface Options {
  readonly first: SurveyedContainer
  readonly found: Survey
  readonly name: string
  readonly files: readonly string[]
  readonly directory: string
  readonly envFile: EnvFileState
  readonly namesFiles: boolean
  readonly configuration: Stack['configuration']
}

/** Returns the env file that Compose reads in the project's directory, or the last that it was started with. */
export function envFileOf(directory: string, environmentFile: string): string {
  return environmentFile.split(',').filter(Boolean).at(-1) ?? `${directory}/.env`
}

/** Returns what the plan settles, or why it cannot. */
export function dayAfterOf({
  first,
  found,
  name,
  files,
  directory,
  configuration,
  ...settings
}: Options): DayAfter | string {
  const envFile = envFileOf(directory, first.environmentFile)
  const other = found.containers.find((one) => one.directory === directory && stackOf(one) !== name)
  if (other) return `project ${other.project} is in the same directory`
  if (files.some((file) => file.includes(':'))) return 'the path of a Compose file has a colon'
  if (settings.envFile === 'other') return `${envFile} is a link, or no file`
  const isPlain = directoryOf(files[0] ?? '') === directory && (settings.namesFiles || areDefaults(files))
  // The plan restores it with the mode of the backup.
  const isRestored = configuration.some(({ path, isRestored }) => path === envFile && isRestored)
  const isNew = settings.envFile === 'absent' && !isRestored
  return { command: isPlain ? 'starts' : 'fails', envFile, isNew }
}

/** Whether Compose finds these files without `-f`. */
function areDefaults([file = '', ...overrides]: readonly string[]): boolean {
  const ends = /\/(docker-)?compose\.ya?ml$/
  return (
    ends.test(file) &&
    overrides.every(
      (one) => one.replace('.override.', '.') !== one && ends.test(one.replace('.override.', '.')),
    )
  )
}

/** Returns the name of the Compose file that a plain command reads besides the override. */
export function guardOf(override: string): string {
  return override.replace(/\.yaml$/, '.guard.yaml')
}

/** Whether a Compose file is a guard of an earlier run: it is valid for that run's project only. */
export function isGuard(file: string): boolean {
  return /\/restored-[^/]*\.guard\.yaml$/.test(file)
}

/**
 * Returns a Compose file that is valid for the restored project only. With another project on the command line, such as
 * `-p shop`, Compose would mount the restored volumes into the old containers too, under two servers at once.
 */
export function guardText({ services, files }: Pick<Stack, 'services' | 'files'>): string {
  const service = services[0]?.service ?? ''
  const placed = `${directoryOf(files[0] ?? '')}/restored-\${COMPOSE_PROJECT_NAME}.yaml`
  return [
    `# Makes docker compose fail for every project but ${RUN}: no other has this file.`,
    'services:',
    `  ${composeScalar(service)}: { extends: { file: ${JSON.stringify(placed)}, service: ${composeScalar(service)} } }`,
    '',
  ].join('\n')
}

/** Returns the step of the cutover after which `docker compose up -d` no longer starts the old stack. */
export function settleLines(
  { dayAfter }: Pick<Stack, 'dayAfter'>,
  { files, guard }: { readonly files: readonly string[]; readonly guard: string },
): readonly string[] {
  if (dayAfter === undefined) return []
  const { command, envFile, isNew } = dayAfter
  return [
    command === 'starts'
      ? '      # From here on, a plain docker compose up -d in the directory of the project is the restored stack:'
      : '      # From here on, docker compose -f … up -d fails with this name, instead of starting the old stack:',
    '      - step: settle',
    '        kind: env-file',
    `        path: ${yamlScalar(envFile)}`,
    '        others: keep',
    ...(isNew
      ? ['        mode: "0644" # holds no secret, and everyone who runs docker compose here has to read it']
      : []),
    '        values:',
    ...(command === 'starts'
      ? [
          `          COMPOSE_PROJECT_NAME: ${yamlScalar(RUN)}`,
          `          COMPOSE_FILE: ${yamlScalar([...files, guard].join(':'))}`,
          '          COMPOSE_PATH_SEPARATOR: ":"',
        ]
      : [
          `          COMPOSE_PROJECT_NAME: ${yamlScalar(`replaced by ${RUN}, see: reinstate status ${RUN}`)}`,
        ]),
  ]
}

/** Describes what else starts the stack, and which of the two it starts after the cutover. */
export function dayAfterNotes(
  { dayAfter, directory }: Pick<Stack, 'dayAfter' | 'directory'>,
  { why, schedules }: { readonly why?: string; readonly schedules: readonly Schedule[] },
): readonly string[] {
  const byRun = 'the command that reinstate status RUN shows'
  const after =
    dayAfter?.command === 'starts'
      ? `change it to: cd ${directory} && docker compose up -d`
      : `change it to ${byRun}`
  return [
    ...(why === undefined
      ? []
      : [
          `after the cutover, docker compose up -d in ${directory} starts the OLD stack beside the restored one, because ${why}: use ${byRun}`,
        ]),
    ...(dayAfter?.command === 'fails'
      ? [
          `this stack is started with -f or another project directory: after the cutover that command fails with a message, until a rollback; use ${byRun}`,
        ]
      : []),
    ...schedules.map(({ place, starts }) => {
      if (starts === undefined)
        return `${place}, names this stack: make sure that it does not run during the restore, and uses the restored data afterwards`
      return starts === 'plain' && dayAfter?.command === 'starts'
        ? `${place}, starts this stack: after the cutover it starts the restored one, after a rollback the old one; it must not run during the cutover`
        : `${place}, starts this stack by a name or files of its own (-p, -f, --env-file, docker start): after the cutover it starts the OLD stack beside the restored one, or fails; before the cutover, ${after}`
    }),
  ]
}
