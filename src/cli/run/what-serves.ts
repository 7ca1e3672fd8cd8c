import { meaningOf } from '../../workflows/run-states.ts'
import { overlap } from '../../fields/is-in.ts'
import { quote } from '../../shell/script.ts'
import type { Json } from '../../steps/step-kind.ts'
import { rollbackOf, stateOf } from './snapshot.ts'
import type { RunSnapshot, StepSnapshot } from './snapshot.ts'

/** Returns lines, each with a name and a value: what serves after a run, how to operate it by hand, and what is kept of its predecessor. */
export function whatServes(snapshot: RunSnapshot): readonly (readonly [name: string, value: string])[] {
  const { changes, exit } = meaningOf(stateOf(snapshot))
  // What a cleared phase started is gone.
  const steps = snapshot.phases.filter(({ state }) => state !== 'cleared').flatMap((phase) => phase.steps)
  const done = steps.filter(({ state }) => state === 'done')
  if (changes === 'undone' && rollbackOf(snapshot)) {
    const before = [...new Set(steps.flatMap(stoppedBy).flatMap(({ projects }) => projects))]
    return before.length === 0
      ? []
      : [['serves', `what served before: ${before.map((one) => `project ${one}`).join(', ')}`]]
  }
  if (changes !== 'kept' || (exit !== 'done' && exit !== 'notProven')) return []
  const settled = done.flatMap(settledBy)
  return [
    ...startedBy(done).flatMap((one) => servesLines(one, settled)),
    ...done.flatMap(stoppedBy).flatMap((one) =>
      keptLines(one, {
        run: snapshot.status.run,
        mountedNow: mountedOn(one.host, done),
        sizes: sizesOn(one.host, done),
      }),
    ),
  ]
}

/** What the containers mount that the run started on a host. */
function mountedOn(host: string, steps: readonly StepSnapshot[]): readonly string[] {
  return steps.flatMap(({ host: at, evidence }) =>
    at === host && Array.isArray(evidence?.facts?.['files']) ? texts(evidence.facts['mounts']) : [],
  )
}

/** How much each place held when the run replaced it, as the step that started the new containers found it. */
function sizesOn(host: string, steps: readonly StepSnapshot[]): ReadonlyMap<string, string> {
  const found = steps.flatMap(({ host: at, evidence }) => {
    const sizes = evidence?.facts?.['sizes']
    return at === host && typeof sizes === 'object' && sizes !== null ? Object.entries(sizes) : []
  })
  return new Map(found.map(([name, size]) => [name, String(size)]))
}

interface Started {
  readonly host: string
  readonly project: string
  readonly services: readonly string[]
  readonly options: readonly string[]
  readonly files: readonly string[]
}

/** The projects that these steps started and that no later one of them took down or stopped, each as its last start left it. */
function startedBy(steps: readonly StepSnapshot[]): readonly Started[] {
  const started = new Map<string, Started>()
  for (const { host, evidence } of steps) {
    const { project, projects, services, options, files } = evidence?.facts ?? {}
    for (const gone of texts(projects)) started.delete(`${host} ${gone}`)
    if (typeof project !== 'string' || !Array.isArray(files)) continue
    const key = `${host} ${project}`
    const all = new Set([...(started.get(key)?.services ?? []), ...texts(services)])
    started.delete(key)
    started.set(key, {
      ...{ host, project, services: [...all].sort() },
      ...{ options: texts(options), files: texts(files) },
    })
  }
  return [...started.values()]
}

function servesLines(
  { host, project, services, options, files }: Started,
  settled: readonly Settled[],
): readonly (readonly [string, string])[] {
  const words = [...options, ...files.flatMap((file) => ['-f', file])]
  const own = settled.find((one) => one.host === host && one.project === project)
  const compose =
    own === undefined
      ? `docker compose -p ${project} ${words.map(quote).join(' ')}`
      : `cd ${quote(own.directory)} && docker compose`
  return [
    ['serves', `project ${project} on ${host}: ${services.join(', ')}; unless a later run has replaced it`],
    ['by hand', `${compose} ps`],
  ]
}

interface Settled {
  readonly host: string
  readonly project: string
  readonly directory: string
}

/** The directory in which a plain `docker compose` is a project, by an env file that the step wrote. */
function settledBy({ host, evidence }: StepSnapshot): readonly Settled[] {
  const { path, composeProject } = evidence?.facts ?? {}
  if (typeof path !== 'string' || typeof composeProject !== 'string') return []
  return [{ host, project: composeProject, directory: path.slice(0, path.lastIndexOf('/')) }]
}

interface Stopped {
  readonly host: string
  readonly projects: readonly string[]
  readonly names: readonly string[]
  /** Names of volumes and paths of directories. */
  readonly mounts: readonly string[]
}

function stoppedBy({ host, evidence }: StepSnapshot): readonly Stopped[] {
  const { projects, stopped, mounts } = evidence?.facts ?? {}
  const names = texts(stopped)
  return names.length === 0 ? [] : [{ host, projects: texts(projects), names, mounts: texts(mounts) }]
}

function keptLines(
  { host, names, mounts }: Stopped,
  {
    run,
    mountedNow,
    sizes,
  }: {
    readonly run: string
    readonly mountedNow: readonly string[]
    readonly sizes: ReadonlyMap<string, string>
  },
): readonly (readonly [string, string])[] {
  // What the restored stack mounts as well is in use: nobody may remove it.
  const apart = mounts.filter((one) => !mountedNow.some((now) => overlap(one, now)))
  const [volumes, directories] = [
    apart.filter((one) => !one.startsWith('/')),
    apart.filter((one) => one.startsWith('/')),
  ]
  const sized = (name: string) => (sizes.has(name) ? ` (${sizes.get(name)})` : '')
  const kept = [
    `${names.length === 1 ? 'container' : 'containers'} ${names.join(', ')}`,
    ...volumes.map((name) => `volume ${name}${sized(name)}`),
    ...directories.map((path) => `directory ${path}${sized(path)}`),
  ]
  const remove = [
    `docker rm ${names.join(' ')}`,
    ...(volumes.length === 0 ? [] : [`docker volume rm ${volumes.join(' ')}`]),
  ]
  return [
    [
      'kept',
      `${kept.join('; ')}. A rollback starts these again: keep them until a backup of the restored stack is proven`,
    ],
    ['remove', `reinstate clean ${run}`],
    ['', `and on ${host}: ${remove.join(' && ')}`],
  ]
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
