import { guardOf, settleLines } from './day-after.ts'
import { hasRows } from './databases.ts'
import { directoryOf, distinct, idOf, RUN } from './names.ts'
import { yamlScalar } from './yaml-scalar.ts'
import type { Data, Stack } from './stack.ts'

const BACKUP = '${{ inputs.backup }}'

/** The names that init gives. */
export interface Named {
  /** The plan and its folder. */
  readonly plan: string
  /** The override file in the plan's folder. */
  readonly override: string
  /** The guard in the plan's folder: with it, only the restored project is valid. */
  readonly guard: string
}

/** Returns the plan that restores a stack: audit the backup, copy and compare it beside the live stack, then cut over. */
export function planText(stack: Stack, { plan, override, guard }: Named): string {
  const { name, data, host, services, page, backup, project, files } = stack
  const placed = `${directoryOf(files[0] ?? '')}/restored-${RUN}.yaml`
  const [file = '', ...overrides] = files
  const ids = distinct(data.map(({ from }) => idOf(from, 50)))
  const each = (lines: (one: Data, id: string) => readonly string[]) =>
    data.flatMap((one, index) => lines(one, ids[index] ?? ''))
  return [
    '# yaml-language-server: $schema=plan.schema.json (for editors; create it with: reinstate schema > plan.schema.json)',
    `# Restores ${services.map(({ service, image }) => `${service} (${image})`).join(', ')}. Written by reinstate init; edit it as needed.`,
    ...stack.notes.map((note) => `# Note: ${note}.`),
    `plan: ${yamlScalar(plan)}`,
    `title: ${yamlScalar(`${name}, restored from its backup`)}`,
    `stack: ${yamlScalar(name)}`,
    `hosts: [${yamlScalar(host)}]`,
    `downtime: { from: stop-old, to: ${page === undefined ? 'start' : 'live'} }`,
    'inputs:',
    `  backup: { default: ${yamlScalar(backup.directory)}, description: ${yamlScalar(`On the host, with ${foldersOf(data)} copied while the containers were stopped`)} }`,
    `  live: { default: ${yamlScalar(project)}, description: The Compose project that serves now (the run id after a cutover) }`,
    'phases:',
    '  - phase: restore',
    '    title: Check the backup, and restore it into fresh places beside the live ones',
    '    steps:',
    ...(backup.manifest === undefined
      ? []
      : [
          `      - { step: audit, kind: backup-audit, from: "${BACKUP}", manifest: ${yamlScalar(backup.manifest)} }`,
        ]),
    ...each(auditLines),
    ...(data.length === 0 ? [] : copyLines(stack)),
    ...each(rowsLines),
    // Before the gate, so that a wrong Compose file is found there.
    `      - { step: override, kind: file-write, path: ${yamlScalar(placed)}, template: ${override} }`,
    ...(stack.dayAfter?.command !== 'starts'
      ? []
      : [
          `      - { step: guard, kind: file-write, path: ${yamlScalar(guardOf(placed))}, template: ${guard} }`,
        ]),
    '  - phase: cutover',
    '    title: Stop the old containers, and start new ones on the restored data',
    '    gate: { approvers: anyone, within: 4 hours, note: "Rows written since the backup stay in the old volumes." }',
    '    steps:',
    '      - { step: stop-old, kind: containers-stop, projects: ["${{ inputs.live }}"] } # kept: a rollback starts them again',
    ...settleLines(stack, { files: [...files, placed], guard: guardOf(placed) }),
    '      - step: start',
    '        kind: compose-up',
    `        file: ${yamlScalar(file)}`,
    `        overrides: [${[...overrides, placed].map(yamlScalar).join(', ')}]`,
    `        project: ${yamlScalar(RUN)}`,
    '        replaces: "${{ inputs.live }}" # refuses to lose what its containers hold',
    ...(page === undefined
      ? []
      : [
          '      - step: live',
          `        kind: http-probe`,
          `        url: ${yamlScalar(page.url)}`,
          ...(page.status === 200 ? [] : [`        status: ${page.status}`]),
          ...(page.url.startsWith('https:') ? ['        insecure: true # or caFile:'] : []),
          '        within: 2 minutes',
          '        # better than the next line: bodyContains, with a text that only the restored data has',
          '        allow: [{ rule: R028, because: the old containers are stopped when it asks }]',
        ]),
    '',
  ].join('\n')
}

/** Returns the name of the fresh place beside the live one; it contains the run id. */
export function freshOf({ is, key }: Data): string {
  return is === 'volume' ? `${RUN}_${key}` : `${key}-${RUN}`
}

function foldersOf(data: readonly Data[]): string {
  return data.map(({ from }) => `${from}/`).join(', ')
}

/** The place that serves now: a volume is called after its project, also after a run. */
function liveOf({ is, live, key }: Data, project: string): string {
  return is === 'volume' && live === `${project}_${key}` ? `"\${{ inputs.live }}_${key}"` : yamlScalar(live)
}

function copyLines({ data, project }: Stack): readonly string[] {
  const parents = data.flatMap(({ key, withoutParent }) => (withoutParent ? [directoryOf(key)] : []))
  return [
    ...(parents.length === 0
      ? []
      : [
          `      - { step: parents, kind: directories, paths: [${[...new Set(parents)].map(yamlScalar).join(', ')}] }`,
        ]),
    '      - step: copy',
    '        kind: volume-restore # into a fresh volume; compares each file, mode, owner and link',
    '        members:',
    ...data.map(
      (one) =>
        `          - { from: "${BACKUP}/${one.from}", ${one.is === 'volume' ? 'volume' : 'path'}: ${yamlScalar(freshOf(one))}, live: ${liveOf(one, project)} }`,
    ),
  ]
}

function auditLines(data: Data, id: string): readonly string[] {
  const { database } = data
  if (!database || !hasRows(database)) return []
  const from = [BACKUP, data.from, database.below].filter(Boolean).join('/')
  const field = database.engine === 'PostgreSQL' ? 'postgres' : 'mariadb'
  return [
    `      - { step: audit-${id}, kind: backup-audit, from: "${from}", ${field}: { image: ${yamlScalar(database.image)} } }`,
  ]
}

function rowsLines(data: Data, id: string): readonly string[] {
  const { database, is } = data
  if (!database || !hasRows(database) || is === 'directory') return []
  const kind = database.engine === 'PostgreSQL' ? 'postgres-audit' : 'mariadb-audit'
  const superuser = database.user === undefined ? '' : `, user: ${yamlScalar(database.user)}`
  return [
    '      # Compares every row, on scratch copies of the backup and the volume, without a network:',
    `      - { step: rows-${id}, kind: ${kind}, backup: "${BACKUP}/${data.from}", image: ${yamlScalar(database.image)}, volume: ${yamlScalar(freshOf(data))}${superuser} }`,
  ]
}
