import { absolutePath } from '../fields/absolute-path.ts'
import type { SurveyedContainer, SurveyedVolume } from './survey.ts'

/** What may hold data: a named local volume, or a directory that a container may write to. */
export interface Candidate {
  readonly is: 'volume' | 'directory'
  readonly live: string
  /** Where its files are on the host. */
  readonly at: string
  readonly mounts: readonly {
    readonly service: string
    readonly target: string
    readonly readOnly: boolean
  }[]
}

/** The candidates of a project, each once. Single files and what is only read count as configuration. */
export function candidatesOf(
  containers: readonly SurveyedContainer[],
  volumes: ReadonlyMap<string, SurveyedVolume>,
): readonly Candidate[] {
  const all = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap((mount): Candidate[] => {
      const use = [{ service, target: mount.Destination, readOnly: !mount.RW }]
      if (mount.Type === 'volume') {
        const volume = volumes.get(mount.Name)
        return volume && isOrdinary(volume)
          ? [{ is: 'volume', live: mount.Name, at: volume.at, mounts: use }]
          : []
      }
      return mount.Type === 'bind' && isOfProject(mount.Source)
        ? [{ is: 'directory', live: mount.Source, at: mount.Source, mounts: use }]
        : []
    }),
  )
  const names = [...new Set(all.map(({ live }) => live))].toSorted()
  return names.flatMap((name) => {
    const same = all.filter(({ live }) => live === name)
    const [first] = same
    const mounts = same.flatMap((one) => one.mounts)
    const written = first?.is === 'volume' || mounts.some(({ readOnly }) => !readOnly)
    return first && written ? [{ ...first, mounts }] : []
  })
}

/** Whether a volume can be made anew as a fresh one: named, local, and nothing mounted behind it. */
export function isOrdinary({ name, driver, options }: SurveyedVolume): boolean {
  return !isAnonymous(name) && driver === 'local' && options === 0
}

export function isAnonymous(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

/** Whether a path can be a project's own: no directory of the system, the kernel or the engine. */
export function isOfProject(path: string): boolean {
  const kept = [
    '/dev',
    '/proc',
    '/sys',
    '/run',
    '/var/run',
    '/etc',
    '/usr',
    '/lib',
    '/var/lib/docker',
    '/var/lib/reinstate',
  ]
  return absolutePath.safeParse(path).success && !kept.some((tree) => `${path}/`.startsWith(`${tree}/`))
}
