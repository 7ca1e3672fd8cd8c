import { keysOf } from './application-keys.ts'
import type { TriedKey } from './applications/application.ts'
import { guardOf, settleLines } from './day-after.ts'
import { contentAudit, hasRows } from './databases.ts'
import { directoryOf, distinct, idOf, RUN } from './names.ts'
import { isAnonymous } from './places.ts'
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
  const { isNew, isInPlace } = stack
  const [file = '', ...more] = files
  const overrides = isInPlace ? more : [...more, placed]
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
    ...(isNew ? [] : [`downtime: { from: stop-old, to: ${page === undefined ? 'start' : 'live'} }`]),
    'inputs:',
    `  backup: { default: ${yamlScalar(backup.directory)}, description: ${yamlScalar(`On the host, with ${sourcesOf(data)}`)} }`,
    ...(isNew
      ? []
      : [
          `  live: { default: ${yamlScalar(project)}, description: The Compose project that serves now (the run id after a cutover) }`,
        ]),
    'phases:',
    '  - phase: restore',
    `    title: Check the backup, and restore it into fresh places${isNew ? '' : ' beside the live ones'}`,
    '    steps:',
    ...(backup.manifest === undefined
      ? []
      : [
          `      - { step: audit, kind: backup-audit, from: "${BACKUP}", manifest: ${yamlScalar(backup.manifest)} }`,
        ]),
    ...each(auditLines),
    ...configurationLines(stack, 'missing'),
    ...each((one, id) => sqliteLines(one, { id, stack })),
    // Before the copy, which may take hours.
    ...each((one, id) => keyLines(one, { id, stack })),
    ...each((one, id) => passwordLines(one, { id, stack })),
    ...copyLines(stack),
    ...each((one, id) => dumpLines(one, { id, stack })),
    ...each((one, id) => rowsLines(one, { id, stack })),
    // Before the gate, so that a wrong Compose file is found there.
    ...(isInPlace
      ? []
      : [`      - { step: override, kind: file-write, path: ${yamlScalar(placed)}, template: ${override} }`]),
    ...(stack.dayAfter?.command !== 'starts'
      ? []
      : [
          `      - { step: guard, kind: file-write, path: ${yamlScalar(guardOf(placed))}, template: ${guard} }`,
        ]),
    '  - phase: cutover',
    ...(isNew
      ? [
          '    title: Start the stack on the restored data',
          '    gate: { approvers: anyone, within: 4 hours, note: "The stack starts with the data of the backup." }',
          '    steps:',
        ]
      : [
          '    title: Stop the old containers, and start new ones on the restored data',
          '    gate: { approvers: anyone, within: 4 hours, note: "Rows written since the backup stay in the old volumes." }',
          '    steps:',
          '      - { step: stop-old, kind: containers-stop, projects: ["${{ inputs.live }}"] } # kept: a rollback starts them again',
        ]),
    ...configurationLines(stack, 'differs'),
    ...settleLines(stack, { files: [...files, placed], guard: guardOf(placed) }),
    '      - step: start',
    '        kind: compose-up',
    `        file: ${yamlScalar(file)}`,
    ...(overrides.length === 0 ? [] : [`        overrides: [${overrides.map(yamlScalar).join(', ')}]`]),
    `        project: ${yamlScalar(isInPlace ? project : RUN)}`,
    ...(isNew ? [] : ['        replaces: "${{ inputs.live }}" # refuses to lose what its containers hold']),
    ...startLines(stack.start),
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
          `        allow: [{ rule: R028, because: ${isNew ? 'no old stack can answer' : 'the old containers are stopped when it asks'} }]`,
        ]),
    '',
  ].join('\n')
}

function startLines({ projectDirectory, envFiles, services, mayExit }: Stack['start']): readonly string[] {
  const list = (names: readonly string[]) => `[${names.map(yamlScalar).join(', ')}]`
  return [
    ...(projectDirectory === undefined ? [] : [`projectDirectory: ${yamlScalar(projectDirectory)}`]),
    ...(envFiles === undefined ? [] : [`envFiles: ${list(envFiles)}`]),
    ...(services === undefined ? [] : [`services: ${list(services)}`]),
    ...(mayExit.length === 0 ? [] : [`mayExit: ${list(mayExit)}`]),
  ].map((line) => `        ${line}`)
}

/** Returns the name of the fresh place: beside the live one, with the run id in it; its own if there is no live one. */
export function freshOf({ is, key, live, isInPlace, dump }: Data): string {
  if (isInPlace) return live
  if (dump) return `${RUN}_${dump.key}`
  return is === 'volume' ? `${RUN}_${key}` : `${key}-${RUN}`
}

/** Whether it is copied from a folder of the backup. */
function isFolder({ dump, archived }: Data): boolean {
  return !dump && !archived
}

function sourcesOf(data: readonly Data[]): string {
  const names = (wanted: readonly Data[]) => wanted.map(({ from }) => from)
  const folders = names(data.filter(isFolder)).map((from) => `${from}/`)
  const archives = [...new Set(names(data.filter(({ archived }) => archived)))]
  const dumps = names(data.filter(({ dump }) => dump))
  return [
    ...(folders.length === 0 ? [] : [`${folders.join(', ')} copied while the containers were stopped`]),
    ...(dumps.length === 0 ? [] : [`the dump ${dumps.join(', ')}`]),
    ...(archives.length === 0 ? [] : [`the archive ${archives.join(', ')}`]),
  ].join(', and ')
}

/** The steps that restore configuration: what is missing before the gate, what replaces a file at the cutover. */
function configurationLines({ configuration }: Stack, wanted: 'missing' | 'differs'): readonly string[] {
  const restored = configuration.filter(({ isRestored }) => isRestored)
  const ids = distinct(restored.map(({ path }) => `file-${idOf(path.slice(path.lastIndexOf('/') + 1), 40)}`))
  return restored.flatMap(({ path, from, mode, state }, index) =>
    state === wanted
      ? [
          `      - { step: ${ids[index]}, kind: file-write, path: ${yamlScalar(path)}, copyOf: "${BACKUP}/${from}", mode: "0${mode}" }`,
        ]
      : [],
  )
}

/** The place that serves now: a volume is called after its project, also after a run. */
function liveField({ is, live, key, isInPlace }: Data, { project, isNew }: Stack): string {
  if (isInPlace || (isNew && isAnonymous(live))) return ''
  const isNamed = is === 'volume' && !isNew && live === `${project}_${key}`
  return `, live: ${isNamed ? `"\${{ inputs.live }}_${key}"` : yamlScalar(live)}`
}

function copyLines(stack: Stack): readonly string[] {
  const data = stack.data.filter(isFolder)
  const parents = stack.data
    .filter(({ dump }) => !dump)
    .flatMap(({ key, withoutParent }) => (withoutParent ? [directoryOf(key)] : []))
  return [
    ...(parents.length === 0
      ? []
      : [
          `      - { step: parents, kind: directories, paths: [${[...new Set(parents)].map(yamlScalar).join(', ')}] }`,
        ]),
    ...(data.length === 0
      ? []
      : [
          '      - step: copy',
          '        kind: volume-restore # into a fresh volume; compares each file, mode, owner and link',
          '        members:',
          ...data.map((one) => `          - { from: "${BACKUP}/${one.from}", ${targetFields(one, stack)} }`),
        ]),
    ...archiveLines(stack),
  ]
}

/** The fresh place, and the one that serves now. */
function targetFields(one: Data, stack: Stack): string {
  return `${one.is === 'volume' ? 'volume' : 'path'}: ${yamlScalar(freshOf(one))}${liveField(one, stack)}`
}

/** A step per archive. */
function archiveLines(stack: Stack): readonly string[] {
  const files = [...new Set(stack.data.flatMap(({ archived, from }) => (archived ? [from] : [])))]
  const ids = distinct(files.map((file) => idOf(`unpack-${file.slice(file.lastIndexOf('/') + 1)}`, 50)))
  return files.flatMap((file, index) => {
    const members = stack.data.filter(({ archived, from }) => archived && from === file)
    return [
      `      # ${members[0]?.archived?.text ?? ''}:`,
      `      - step: ${ids[index]}`,
      '        kind: archive-restore # into fresh volumes; compares each path and all bytes with the archive',
      `        archive: "${BACKUP}/${file}"`,
      '        members:',
      ...members.map(
        (one) =>
          `          - { from: ${yamlScalar(one.archived?.inside ?? '.')}, ${targetFields(one, stack)} }`,
      ),
    ]
  })
}

/** The step that loads a dump. Compose gives it the password as it gives it to the service: init reads no secret. */
function dumpLines(
  { dump, from, database, ...data }: Data,
  { id, stack }: { readonly id: string; readonly stack: Stack },
): readonly string[] {
  if (!dump || !database) return []
  const { server, user, globals, service, variable, rootVariable } = dump
  const project = projectFields(stack)
  const words = Object.entries({ variable, rootVariable }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${yamlScalar(value)}`],
  )
  const fields = [
    ...['kind: dump-restore', `server: ${server}`, `dump: "${BACKUP}/${from}"`],
    ...(globals === undefined ? [] : [`globals: "${BACKUP}/${globals}"`]),
    `image: ${yamlScalar(database.image)}`,
    `volume: ${yamlScalar(freshOf({ ...data, from, dump }))}`,
    ...(server === 'postgres' && database.below !== '' ? [`directory: ${yamlScalar(database.below)}`] : []),
    ...(dump.database === undefined ? [] : [`database: ${yamlScalar(dump.database)}`]),
    ...(user === undefined ? [] : [`user: ${yamlScalar(user)}`]),
    ...(words.length === 0 || !project
      ? []
      : [`passwordOf: { ${[...project, `service: ${yamlScalar(service)}`, ...words].join(', ')} }`]),
    ...(database.options ? [optionsText(database).slice(2)] : []),
    ...liveLines(database, stack),
  ]
  return [
    `      # ${dump.text}. Into a new server without a network:`,
    `      - step: load-${id}`,
    ...fields.map((field) => `        ${field}`),
  ]
}

function auditLines(data: Data, id: string): readonly string[] {
  const { database } = data
  if (!database || !isFolder(data) || !hasRows(database)) return []
  const from = [BACKUP, data.from, database.below].filter(Boolean).join('/')
  const field = database.engine === 'PostgreSQL' ? 'postgres' : 'mariadb'
  const manifest = data.isListed ? `manifest: "${from}/MANIFEST.sha256", ` : ''
  return [
    `      - { step: audit-${id}, kind: backup-audit, from: "${from}", ${manifest}${field}: { image: ${yamlScalar(database.image)} } }`,
  ]
}

function sqliteLines(
  { is, live, from, sqlite, mounts, isInPlace }: Data,
  { id, stack }: { readonly id: string; readonly stack: Stack },
): readonly string[] {
  if (!sqlite) return []
  const beside = isInPlace ? '' : `, ${is === 'volume' ? 'liveVolume' : 'live'}: ${yamlScalar(live)}`
  return [
    '      # Checks SQLite files in scratch copies, and says how many rows the live ones have that the backup lacks:',
    `      - { step: sqlite-${id}, kind: sqlite-audit, backup: "${BACKUP}/${from}", files: [${sqlite.map(yamlScalar).join(', ')}]${beside}, images: [${readersOf(mounts, stack).join(', ')}] }`,
  ]
}

/** The image of an application that uses SQLite files is the likeliest to have a program that reads them. */
function readersOf(mounts: Data['mounts'], { services }: Stack): readonly string[] {
  const users = services.filter(({ service }) => mounts.some((mount) => mount.service === service))
  return [...new Set([...users, ...services].map(({ image }) => image))].slice(0, 10).map(yamlScalar)
}

function passwordLines(
  data: Data,
  { id, stack }: { readonly id: string; readonly stack: Stack },
): readonly string[] {
  const { database, from } = data
  if (!database?.credentials || !isFolder(data) || !hasRows(database)) return []
  const project = projectFields(stack)
  if (!project) return []
  const names = distinct(database.credentials.map(({ service }) => idOf(`password-${id}-${service}`, 50)))
  return [
    '      # Tries the password that a service gets now on the data of the backup, in a scratch copy:',
    ...database.credentials.map(({ service, variable, user }, index) => {
      const fields = [
        `step: ${names[index]}, kind: password-check, backup: "${BACKUP}/${from}"`,
        ...serverFields(database),
        ...project,
        `service: ${yamlScalar(service)}, variable: ${yamlScalar(variable)}`,
        ...(user === undefined ? [] : [`user: ${yamlScalar(user)}`]),
      ]
      return `      - { ${fields.join(', ')} }`
    }),
  ]
}

function keyLines(
  data: Data,
  { id, stack }: { readonly id: string; readonly stack: Stack },
): readonly string[] {
  const keys = data.dump ? [] : keysOf(data)
  const project = projectFields(stack)
  if (!project) return []
  const names = distinct(keys.map(({ service }) => idOf(`key-${id}-${service}`, 50)))
  return keys.flatMap((key, index) => {
    const { service, variable, format, texts, query } = key
    return [
      `      # Tries the key that service ${service} gets now on the ${texts} in the backup:`,
      `      - step: ${names[index]}`,
      '        kind: key-check',
      `        keyOf: { ${[...project, `service: ${yamlScalar(service)}, variable: ${yamlScalar(variable)}`].join(', ')} }`,
      `        backup: "${BACKUP}/${data.from}"`,
      ...keyPlace(data, { key, stack }).map((line) => `        ${line}`),
      ...(format === 'n8n' ? [] : [`        format: ${format}`]),
      `        query: ${yamlScalar(query)}`,
      `        texts: ${yamlScalar(texts)}`,
      '        mayBeEmpty: true # the application may have stored none',
    ]
  })
}

/** Where key-check finds the texts: in a scratch server's database, or in a SQLite file. */
function keyPlace(
  { database, mounts }: Data,
  { key, stack }: { readonly key: TriedKey; readonly stack: Stack },
): readonly string[] {
  if ('sqlite' in key.in)
    return [`sqlite: ${yamlScalar(key.in.sqlite)}`, `images: [${readersOf(mounts, stack).join(', ')}]`]
  if (!database) return []
  return [...serverFields(database), `database: ${yamlScalar(key.in.database)}`]
}

/** The Compose project, as fields of a step that reads a variable of a service. */
function projectFields({ files, project, start, configuration }: Stack): readonly string[] | undefined {
  // An env file that the cutover replaces gives another value than the one that a check before it would read.
  if (configuration.some(({ isRestored, state }) => isRestored && state === 'differs')) return undefined
  const [file = '', ...overrides] = files
  const { projectDirectory, envFiles = [] } = start
  const list = (name: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [`${name}: [${paths.map(yamlScalar).join(', ')}]`]
  return [
    `file: ${yamlScalar(file)}`,
    ...list('overrides', overrides),
    ...(projectDirectory === undefined ? [] : [`projectDirectory: ${yamlScalar(projectDirectory)}`]),
    ...list('envFiles', envFiles),
    `project: ${yamlScalar(project)}`,
  ]
}

/** A scratch server, as fields of a step. */
function serverFields(database: NonNullable<Data['database']>): readonly string[] {
  return [
    `image: ${yamlScalar(database.image)}${optionsText(database)}`,
    ...(database.engine === 'MariaDB' ? ['engine: mariadb'] : []),
  ]
}

function optionsText({ options = {} }: NonNullable<Data['database']>): string {
  const words = Object.entries(options).map(([name, value]) => `${name}: ${yamlScalar(value)}`)
  return words.length === 0 ? '' : `, options: { ${words.join(', ')} }`
}

function rowsLines(
  data: Data,
  { id, stack }: { readonly id: string; readonly stack: Stack },
): readonly string[] {
  const { database, is } = data
  const kind = database && contentAudit(database)
  if (!kind || !isFolder(data)) return []
  const each = database.engine === 'Redis' ? 'key' : 'row'
  const live = liveLines(database, stack).map((line) => `, ${line}`)
  return [
    `      # Compares every ${each}, on scratch copies of the backup and the restored ${is}, without a network:`,
    `      - { step: ${each}s-${id}, kind: ${kind}, backup: "${BACKUP}/${data.from}", image: ${yamlScalar(database.image)}, ${is === 'volume' ? 'volume' : 'path'}: ${yamlScalar(freshOf(data))}${live.join('')}${optionsText(database)} }`,
  ]
}

/** The server that serves now, of which a step says how many rows it has that the backup lacks. */
function liveLines(database: NonNullable<Data['database']>, { isNew }: Stack): readonly string[] {
  const { service } = database
  if (isNew || service === undefined || !hasRows(database)) return []
  return [`live: { project: "\${{ inputs.live }}", service: ${yamlScalar(service)} }`]
}
