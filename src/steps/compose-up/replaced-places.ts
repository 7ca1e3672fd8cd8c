import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import { isIn } from '../../fields/is-in.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import type { Configuration, Project } from '../shared/compose-project.ts'
import type { Container } from '../shared/containers.ts'

/** Layers of more than this are refused: an application that unpacks itself at its start writes less. */
const LARGE_LAYER_BYTES = 16 * 1024 * 1024

export interface ReplacedPlaces {
  /** The project whose containers these services replace. */
  readonly replaces: string
  /** Places that may be lost: `path` and everything below it. */
  readonly lost: readonly { readonly service: string; readonly path: string }[]
}

/** One line per place of the replaced containers, by what becomes of it. */
export interface Account {
  readonly restored: readonly string[]
  readonly kept: readonly string[]
  readonly lost: readonly string[]
  /** What the places hold now. Changes by itself while the containers run. */
  readonly notes: readonly string[]
  /** How much each volume and directory holds that the new containers do not mount: `1.2 GB`, or `over 1.2 GB`. */
  readonly sizes: Readonly<Record<string, string>>
}

/**
 * Compares what the containers of another project hold with what the new ones will mount, by service and mount point.
 * @throws StepRefused for a place that holds data and has no successor, or an empty one, unless it is in `lost`
 */
export async function accountOfPlaces(
  { replaces, lost }: ReplacedPlaces,
  {
    config,
    found,
    services,
  }: { readonly config: Configuration; readonly found: Project; readonly services: readonly string[] },
  host: HostView,
): Promise<Account> {
  const old = found.all.filter(({ project, oneOff }) => project === replaces && oneOff !== 'True')
  const uses = usesOf(old).map((use) => ({ ...use, successor: successorOf(use, { config, services }) }))
  const contents = await contentsOf(
    uses.flatMap(({ source, successor }) => [source, ...(successor ? [successor] : [])]),
    host,
  )
  const judged = uses.map((use) => judge(use, contents))
  // A service that is not started again loses nothing that another one mounts.
  const isCovered = ({ use, verdict }: Judged) =>
    verdict === 'lost' &&
    !services.includes(use.service) &&
    judged.some((other) => other.verdict !== 'lost' && keyOf(other.use.source) === keyOf(use.source))
  const accounted = judged.filter(
    (one) => one.verdict !== 'empty' && !(one.verdict === 'kept' && one.use.readOnly) && !isCovered(one),
  )
  const layers = await layersOf(old, host)
  refuseLosses(lost, { replaces, accounted, layers })
  const lines = (wanted: Judged['verdict']) =>
    accounted
      .filter(({ verdict }) => verdict === wanted)
      .map(({ use, text }) => `${use.service}:${use.target}${text}`)
  const holding = accounted.filter(({ verdict }) => verdict !== 'kept')
  return {
    ...{ restored: lines('restored'), kept: lines('kept'), lost: lines('lost') },
    notes: [
      ...holding.map(
        ({ use, holds }) => `${use.service}:${use.target} of project ${replaces} holds ${holds}`,
      ),
      ...layers.map((layer) => `lost: ${describeLayer(layer)}; it stays in that container`),
    ],
    sizes: Object.fromEntries(
      holding.flatMap(({ use: { source }, size }) =>
        source.below === '' && size !== undefined ? [[source.name, size]] : [],
      ),
    ),
  }
}

/** A directory, or a part of it: a volume or a path of the host. */
interface Source {
  readonly what: 'volume' | 'path'
  readonly name: string
  readonly below: string
  /** An earlier step creates it: Compose does not. */
  readonly isAwaited?: boolean
}

interface Use {
  readonly service: string
  readonly target: string
  readonly readOnly: boolean
  readonly source: Source
  readonly isAnonymous: boolean
}

function usesOf(containers: readonly Container[]): readonly Use[] {
  const all = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap(({ Type, Name, Source, Destination, RW }): Use[] => {
      if (Type !== 'volume' && (Type !== 'bind' || !Source.startsWith('/'))) return []
      const source: Source =
        Type === 'volume'
          ? { what: 'volume', name: Name, below: '' }
          : { what: 'path', name: Source, below: '' }
      return [
        {
          ...{ service, target: Destination.replace(/(?<=.)\/+$/, ''), readOnly: !RW, source },
          isAnonymous: Type === 'volume' && /^[0-9a-f]{64}$/.test(Name),
        },
      ]
    }),
  )
  // The engine lists mounts in any order, and an approval covers the lines.
  const sorted = all.toSorted((one, other) => orderOf(one).localeCompare(orderOf(other)))
  return sorted.filter(
    (use, index) =>
      sorted.findIndex(
        (other) =>
          other.service === use.service &&
          other.target === use.target &&
          keyOf(other.source) === keyOf(use.source),
      ) === index,
  )
}

function orderOf({ service, target, source }: Use): string {
  return `${service}:${target}:${keyOf(source)}`
}

/** What the new container of the service will have at the same place; undefined where that is an empty one, or nothing. */
function successorOf(
  { service, target }: Use,
  { config, services }: { readonly config: Configuration; readonly services: readonly string[] },
): Source | undefined {
  if (!services.includes(service)) return undefined
  const covering = [...(config.services[service]?.volumes ?? []), ...grantsOf(service, config)]
    .map((mount) => ({ ...mount, target: mount.target.replace(/(?<=.)\/+$/, '') }))
    .filter((mount) => isIn(mount.target, target))
    .toSorted((one, other) => other.target.length - one.target.length)
  const [mount] = covering
  if (mount?.source === undefined) return undefined
  const below = target.slice(mount.target.length + 1)
  if (mount.type === 'bind') return { what: 'path', name: mount.source, below, isAwaited: true }
  if (mount.type !== 'volume') return undefined
  const volume = config.volumes?.[mount.source]
  const device = volume?.driver_opts?.['device']
  // Compose creates it with these options: it holds what that directory holds.
  if (volume && !volume.external && device?.startsWith('/'))
    return { what: 'path', name: device, below, isAwaited: true }
  return { what: 'volume', name: volume?.name ?? mount.source, below, isAwaited: volume?.external === true }
}

/** The files that Compose mounts into a service for its `secrets:` and `configs:`. */
function grantsOf(service: string, { services, ...config }: Configuration) {
  return (['secrets', 'configs'] as const).flatMap((kind) =>
    (services[service]?.[kind] ?? []).flatMap(({ source, target }) => {
      const file = config[kind]?.[source]?.file
      const folder = kind === 'secrets' ? '/run/secrets/' : '/'
      const at = target?.startsWith('/') ? target : `${folder}${target ?? source}`
      return file === undefined ? [] : [{ type: 'bind', source: file, target: at }]
    }),
  )
}

interface Judged {
  readonly use: Use
  readonly verdict: 'restored' | 'kept' | 'empty' | 'lost'
  /** What follows the place in a line. */
  readonly text: string
  /** What the old one holds. */
  readonly holds: string
  /** How much that is; undefined for nothing. */
  readonly size: string | undefined
}

function judge(use: Use & { readonly successor: Source | undefined }, contents: Contents): Judged {
  const { source, successor } = use
  const now = contents.get(keyOf(source))
  const held = { holds: describeContent(now), size: sizeOf(now) }
  if (successor && keyOf(successor) === keyOf(source))
    return { use, verdict: 'kept', text: `: ${nameOf(source)} is mounted again`, ...held }
  const after = successor && contents.get(keyOf(successor))
  const isAwaited = after === 'absent' && successor?.isAwaited
  if (successor && (isAwaited || (after !== 'empty' && after !== 'absent')))
    return { use, verdict: 'restored', text: ` from ${nameOf(successor)}`, ...held }
  return now === undefined || now === 'empty' || now === 'absent'
    ? { use, verdict: 'empty', text: '', ...held }
    : { use, verdict: 'lost', text: successor ? `: ${nameOf(successor)} is empty` : '', ...held }
}

type Content =
  'absent' | 'empty' | { readonly files: string; readonly bytes: number; readonly database: string }
type Contents = ReadonlyMap<string, Content>

async function contentsOf(sources: readonly Source[], host: HostView): Promise<Contents> {
  const keys = [...new Set(sources.map(keyOf))]
  if (keys.length === 0) return new Map()
  const output = await host.ask(
    question(shellFile('compose-up/places.sh', {}, keys), { timeoutSeconds: 900 }),
  )
  const { place } = readFacts(output, { place: many })
  return new Map<string, Content>(
    keys.map((key, index): readonly [string, Content] => {
      const text = place[index] ?? 'absent'
      if (text === 'absent' || text === 'empty') return [key, text]
      const [files = '', bytes = '0', database = ''] = text.split('|')
      return [key, { files, bytes: Number(bytes), database }]
    }),
  )
}

/** Files that a container wrote outside its mounts: they go with it. */
export interface Layer {
  readonly container: LayerOf
  readonly files: number
  readonly bytes: number
  readonly database: string
  readonly first: string
  /** Too much to be made anew by a start. */
  readonly isLarge: boolean
}
type LayerOf = Pick<Container, 'id' | 'name' | 'service'>

const layer = z.tuple([z.string(), z.coerce.number(), z.coerce.number(), z.string()]).rest(z.string())

/** Reads what these containers wrote outside their mounts, without logs, caches and what each start makes anew. */
export async function layersOf(containers: readonly LayerOf[], host: HostView): Promise<readonly Layer[]> {
  if (containers.length === 0) return []
  const ids = containers.map(({ id }) => id)
  const output = await host.ask(question(shellFile('compose-up/layers.sh', {}, ids), { timeoutSeconds: 900 }))
  return readFacts(output, { layer: many }).layer.flatMap((line) => {
    const [id, files, bytes, database, ...first] = layer.parse(line.split('|'))
    const container = containers.find((one) => one.id === id)
    const isLarge = bytes > LARGE_LAYER_BYTES || database !== ''
    return container ? [{ container, files, bytes, database, first: first.join('|'), isLarge }] : []
  })
}

/** @throws StepRefused, naming each place that would be lost and is not in `lost` */
function refuseLosses(
  lost: ReplacedPlaces['lost'],
  {
    replaces,
    accounted,
    layers,
  }: {
    readonly replaces: string
    readonly accounted: readonly Judged[]
    readonly layers: readonly Layer[]
  },
): void {
  const isListed = (service: string, at: string) =>
    lost.some((one) => one.service === service && isIn(one.path, at))
  const problems = [
    ...accounted.flatMap(({ use, verdict, text, holds }) =>
      verdict !== 'lost' || isListed(use.service, use.target)
        ? []
        : [
            `service ${use.service}: ${text.replace(/^: /, '') || 'a new empty volume, or nothing'} at ${use.target}; ` +
              `the container of project ${replaces} has ${use.isAnonymous ? 'an anonymous volume' : nameOf(use.source)} there, which holds ${holds}`,
          ],
    ),
    ...layers.flatMap((one) =>
      !one.isLarge || isListed(one.container.service, one.first)
        ? []
        : [`service ${one.container.service}: ${describeLayer(one)}`],
    ),
  ]
  if (problems.length > 0)
    throw new StepRefused(
      `data of project ${replaces} would be lost: ${problems.join('; ')}. Restore it, mount it, or list it in lost: with service: and path:`,
    )
}

export function describeLayer({ container, files, bytes, database, first }: Layer): string {
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : ''
  return `container ${container.name} wrote ${countOf(files, 'file')}${size} outside its mounts, such as ${first}${database && `, ${database} data among them`}`
}

function describeContent(content: Content | undefined): string {
  if (content === undefined || typeof content === 'string') return 'nothing'
  const { files, bytes, database } = content
  const amount = `${files.endsWith('+') ? `more than ${files.slice(0, -1)} files` : countOf(Number(files), 'file')}, ${formatBytes(bytes)}`
  return database === '' ? amount : `${database} data: ${amount}`
}

function sizeOf(content: Content | undefined): string | undefined {
  if (content === undefined || typeof content === 'string') return undefined
  return `${content.files.endsWith('+') ? 'over ' : ''}${formatBytes(content.bytes)}`
}

function nameOf({ what, name, below }: Source): string {
  return what === 'volume' ? `volume ${name}${below && ` (${below})`}` : `${name}${below && `/${below}`}`
}

function keyOf({ what, name, below }: Source): string {
  return `${what}|${name}|${below}`
}
