import type { PlanView, StepView } from './rule.ts'
import { mapIn, textsIn } from './sources.ts'

/** A volume or host path that a service mounts. */
export interface Mount {
  readonly what: 'volume' | 'path'
  /** The full name of the volume; the absolute path. */
  readonly name: string
  readonly readOnly: boolean
}

/** What is started of a project, and from which files. */
export interface Started {
  readonly host: string
  /** Absolute paths; each overrides those before it. */
  readonly files: readonly string[]
  readonly project: string
  readonly environment: Readonly<Record<string, unknown>>
  /** Services to start, without their dependencies; empty means all. */
  readonly services: readonly string[]
}

interface ComposeFile {
  readonly directory: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Returns what a project mounts, as far as its Compose files are embedded; undefined if none is. */
export function composeMounts(started: Started, plan: PlanView): readonly Mount[] | undefined {
  const first = directoryOf(started.files[0] ?? '')
  const files = started.files.flatMap((path) => embeddedFiles(path, first, { started, plan, nested: 0 }))
  if (files.length === 0) return undefined
  const filled = (text: string): string => interpolated(text, variablesOf(started, first, plan))
  const volumes = Object.assign({}, ...files.map(({ value }) => mapIn(value['volumes']))) as object
  const all = new Map<string, Map<string, Mount>>()
  for (const { directory, value } of files)
    for (const [service, own] of Object.entries(mapIn(value['services']))) {
      const mounts = all.get(service) ?? new Map<string, Mount>()
      all.set(service, mounts)
      for (const volume of listIn(mapIn(own)['volumes'])) {
        const { source, target, readOnly } = partsOf(volume, filled)
        const named = source && placeOf(source, { directory, volumes, filled, project: started.project })
        if (named) mounts.set(target, { ...named, readOnly })
      }
    }
  const wanted = withNeeds(started.services, files)
  return [...all].flatMap(([service, mounts]) => (wanted.has(service) ? [...mounts.values()] : []))
}

/** Returns the services with all that they depend on; without a known one, every service. */
function withNeeds(services: readonly string[], files: readonly ComposeFile[]): ReadonlySet<string> {
  const needs = new Map<string, string[]>()
  for (const { value } of files)
    for (const [service, own] of Object.entries(mapIn(value['services']))) {
      const { depends_on: needed } = mapIn(own)
      const names = Array.isArray(needed) ? textsIn(needed) : Object.keys(mapIn(needed))
      needs.set(service, [...(needs.get(service) ?? []), ...names])
    }
  const known = services.filter((service) => needs.has(service))
  const wanted = new Set(known.length === 0 ? needs.keys() : known)
  for (const service of wanted) for (const need of needs.get(service) ?? []) wanted.add(need)
  return wanted
}

const MAX_INCLUDES = 5

/** Returns a Compose file and those that it includes, as far as steps of the plan write them. */
function embeddedFiles(
  path: string,
  directory: string,
  about: { readonly started: Started; readonly plan: PlanView; readonly nested: number },
): readonly ComposeFile[] {
  const { started, plan, nested } = about
  const value = embeddedAt(path, started.host, plan)
  if (value === undefined || nested > MAX_INCLUDES) return []
  const included = listIn(value['include']).flatMap((one) =>
    [typeof one === 'string' ? one : mapIn(one)['path']].flatMap((name) => textsIn(name)),
  )
  return [
    ...included.flatMap((name) => {
      const below = joined(directory, name)
      return embeddedFiles(below, directoryOf(below), { ...about, nested: nested + 1 })
    }),
    { directory, value },
  ]
}

function embeddedAt(path: string, host: string, plan: PlanView): ComposeFile['value'] | undefined {
  const writer = plan.steps.find(
    (step) => step.host === host && step.values['path'] === path && step.files.length > 0,
  )
  const [file] = writer?.files ?? []
  if (file) return file.yaml && mapIn(file.yaml.value)
  for (const { traits, host: on, values } of plan.steps) {
    const { from, to } = values
    if (traits.relocates && on === host && typeof from === 'string' && path.startsWith(`${String(to)}/`))
      return embeddedAt(`${from}${path.slice(String(to).length)}`, host, { ...plan, steps: notMoving(plan) })
  }
  return undefined
}

function notMoving({ steps }: PlanView): readonly StepView[] {
  return steps.filter(({ traits }) => !traits.relocates)
}

function partsOf(
  volume: unknown,
  filled: (text: string) => string,
): { readonly source?: string; readonly target: string; readonly readOnly: boolean } {
  if (typeof volume === 'string') {
    const [source, target, options = ''] = filled(volume).split(':')
    if (source === undefined || target === undefined) return { target: '', readOnly: false }
    return { source, target, readOnly: options.split(',').includes('ro') }
  }
  const { source, target, read_only: readOnly } = mapIn(volume)
  return {
    ...(typeof source === 'string' ? { source: filled(source) } : {}),
    target: String(target),
    readOnly: readOnly === true,
  }
}

/** The name of a volume is prefixed with that of the project, unless the file sets its name or declares it external. */
function placeOf(
  source: string,
  about: {
    readonly directory: string
    readonly volumes: object
    readonly filled: (text: string) => string
    readonly project: string
  },
): Pick<Mount, 'what' | 'name'> | undefined {
  const { directory, volumes, filled, project } = about
  if (/^[./]/.test(source)) return { what: 'path', name: joined(directory, source) }
  const declared = mapIn(mapIn(volumes)[source])
  const { device } = mapIn(declared['driver_opts'])
  if (typeof device === 'string' && device.startsWith('/')) return { what: 'path', name: filled(device) }
  const { name, external } = declared
  if (typeof name === 'string') return { what: 'volume', name: filled(name) }
  const { name: old } = mapIn(external)
  if (typeof old === 'string') return { what: 'volume', name: filled(old) }
  return { what: 'volume', name: external === true ? source : `${project}_${source}` }
}

/** The variables for a Compose file: those of the step, then those of the .env that the plan writes. */
function variablesOf(
  { host, environment }: Started,
  directory: string,
  { steps }: PlanView,
): Record<string, unknown> {
  const beside = steps.find(
    (step) =>
      step.host === host && step.traits.writesEnvironment && step.values['path'] === `${directory}/.env`,
  )
  return { PWD: directory, ...mapIn(beside?.values['values']), ...environment }
}

function interpolated(text: string, variables: Readonly<Record<string, unknown>>): string {
  return text.replace(/\$(\w+|\{[^}]*\})/g, (written, inner: string) => {
    const [, name = '', otherwise] = /^\{?(\w+)(?::?-(.*))?/s.exec(inner.replace(/\}$/, '')) ?? []
    const value = variables[name]
    return typeof value === 'string' && value !== '' ? value : (otherwise ?? written)
  })
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `../conf` in /srv/shop is /srv/conf. */
export function joined(directory: string, path: string): string {
  const names: string[] = []
  for (const name of (path.startsWith('/') ? path : `${directory}/${path}`).split('/'))
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  return `/${names.join('/')}`
}
