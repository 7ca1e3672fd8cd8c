import { hasRows } from './databases.ts'
import { distinct, idOf } from './names.ts'
import { word } from './words.ts'
import type { Data, Stack } from './stack.ts'

const BACKUP = '${{ inputs.backup }}'
export const RUN = '${{ run.id }}'

/** What init is asked to call things. */
export interface Named {
  /** The plan, and the folder that it is in. */
  readonly plan: string
  /** The override's file beside the plan. */
  readonly override: string
}

/** The plan that restores a stack: the backup audited, copied and compared beside the live one, then cut over. */
export function planText(stack: Stack, { plan, override }: Named): string {
  const { name, data, host, services, page, backup, project, files } = stack
  const placed = `${directoryOf(files[0] ?? '')}/restored-${RUN}.yaml`
  const [file = '', ...overrides] = files
  const ids = distinct(data.map(({ from }) => idOf(from, 50)))
  const each = (lines: (one: Data, id: string) => readonly string[]) =>
    data.flatMap((one, index) => lines(one, ids[index] ?? ''))
  return [
    '# yaml-language-server: $schema=plan.schema.json (an editor then checks as you type; made here by: reinstate schema > plan.schema.json)',
    `# Restores ${services.map(({ service, image }) => `${service} (${image})`).join(', ')}. Written by reinstate init; yours to change.`,
    ...stack.notes.map((note) => `# Mind: ${note}.`),
    `plan: ${word(plan)}`,
    `title: ${word(`${name}, restored from its backup`)}`,
    `stack: ${word(name)}`,
    `hosts: [${word(host)}]`,
    `downtime: { from: stop-old, to: ${page === undefined ? 'start' : 'live'} }`,
    'inputs:',
    `  backup: { default: ${word(backup.directory)}, description: ${word(`On the host; in it ${foldersOf(data)}, copied while their containers were stopped`)} }`,
    `  live: { default: ${word(project)}, description: The Compose project that serves now (after a cutover the run's name) }`,
    'phases:',
    '  - phase: restore',
    '    title: Check the backup, and restore it into fresh places beside the live ones',
    '    steps:',
    ...(backup.manifest === undefined
      ? []
      : [
          `      - { step: audit, kind: backup-audit, from: "${BACKUP}", manifest: ${word(backup.manifest)} }`,
        ]),
    ...each(auditLines),
    ...(data.length === 0 ? [] : copyLines(data)),
    ...each(rowsLines),
    // Before the gate, which looks at the stack as it will be started: a Compose file that is wrong is found there.
    `      - { step: override, kind: file-write, path: ${word(placed)}, template: ${override} }`,
    '  - phase: cutover',
    '    title: Stop the old containers, and start new ones on what was restored',
    '    gate: { approvers: anyone, within: 4 hours, note: "What was written since the backup stays behind, in the old volumes." }',
    '    steps:',
    '      - { step: stop-old, kind: containers-stop, projects: ["${{ inputs.live }}"] } # they stay: a rollback starts them again',
    '      - step: start',
    '        kind: compose-up',
    `        file: ${word(file)}`,
    `        overrides: [${[...overrides, placed].map(word).join(', ')}]`,
    `        project: ${word(RUN)}`,
    ...(page === undefined
      ? []
      : [
          '      - step: live',
          `        kind: http-probe`,
          `        url: ${word(page.url)}`,
          ...(page.status === 200 ? [] : [`        status: ${page.status}`]),
          ...(page.url.startsWith('https:') ? ['        insecure: true # or caFile:'] : []),
          '        within: 2 minutes',
          '        # fill in: in place of the next line, bodyContains: with a text that only the restored data has',
          '        allow: [{ rule: R028, because: the old containers are stopped when it asks }]',
        ]),
    '',
  ].join('\n')
}

/** A fresh place beside the live one, of the run's own name. */
export function freshOf({ is, key }: Data): string {
  return is === 'volume' ? `${RUN}_${key}` : `${key}-${RUN}`
}

export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function foldersOf(data: readonly Data[]): string {
  return data.map(({ from }) => `${from}/`).join(', ')
}

function copyLines(data: readonly Data[]): readonly string[] {
  return [
    '      - step: copy',
    '        kind: volume-restore # never into a volume that is there; each file, mode, owner and link is compared',
    '        members:',
    ...data.map(
      (one) =>
        `          - { from: "${BACKUP}/${one.from}", ${one.is === 'volume' ? 'volume' : 'path'}: ${word(freshOf(one))} }`,
    ),
  ]
}

function auditLines(data: Data, id: string): readonly string[] {
  const { database } = data
  if (!database || !hasRows(database)) return []
  const from = [BACKUP, data.from, database.below].filter(Boolean).join('/')
  const field = database.engine === 'PostgreSQL' ? 'postgres' : 'mariadb'
  return [
    `      - { step: audit-${id}, kind: backup-audit, from: "${from}", ${field}: { image: ${word(database.image)} } }`,
  ]
}

function rowsLines(data: Data, id: string): readonly string[] {
  const { database, is } = data
  if (!database || !hasRows(database) || is === 'directory') return []
  const kind = database.engine === 'PostgreSQL' ? 'postgres-audit' : 'mariadb-audit'
  const superuser = database.user === undefined ? '' : `, user: ${word(database.user)}`
  return [
    '      # Serves scratch copies of the backup and of the volume, without a network, and compares every row:',
    `      - { step: rows-${id}, kind: ${kind}, backup: "${BACKUP}/${data.from}", image: ${word(database.image)}, volume: ${word(freshOf(data))}${superuser} }`,
  ]
}
