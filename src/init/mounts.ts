import { absolutePath } from '../fields/absolute-path.ts'
import { isIn } from '../fields/is-in.ts'
import type { SurveyedContainer, SurveyedVolume } from './survey.ts'

/** What a project mounts that may hold data: a named volume, or a path of the host that is not the system's. */
export interface Candidate {
  readonly is: 'volume' | 'directory'
  readonly live: string
  /** Where its files are on the host. */
  readonly at: string
  readonly mounts: readonly Use[]
}

/** Where a service sees it. */
export interface Use {
  readonly service: string
  readonly target: string
  readonly readOnly: boolean
  /** The directory in it that is mounted; all of it unless said. */
  readonly below?: string
}

/** The candidates of a project, each once, those that are only read among them. */
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
    // Two containers of one service mount the same.
    const mounts = new Map(
      same.flatMap((one) => one.mounts).map((use) => [`${use.service} ${use.target}`, use]),
    )
    return first ? [{ ...first, mounts: [...mounts.values()] }] : []
  })
}

/** Whether something in it may have been written by the project. */
export function isWritten({ is, mounts }: Candidate): boolean {
  return is === 'volume' || mounts.some(({ readOnly }) => !readOnly)
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
  return absolutePath.safeParse(path).success && !kept.some((tree) => isIn(tree, path))
}
