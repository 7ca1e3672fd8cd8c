import { StepRefused } from '../../errors.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { formatBytes } from '../format.ts'
import { filesOf } from '../shared/compose-project.ts'
import { liveEffects } from '../shared/live-rows.ts'
import { scratchOf } from '../shared/owner-label.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { aboutContent, blockedOnMissing, changeKind } from '../step-kind.ts'
import { fields, type Step } from './fields.ts'
import { mariadbDump } from './mariadb.ts'
import { postgresDump } from './postgres.ts'
import { dumpOf, loadProgress, targetOf, type DumpServer } from './server.ts'

const servers: Readonly<Record<Step['server'], DumpServer>> = { postgres: postgresDump, mariadb: mariadbDump }

/** No volume existed. */
interface Prior {
  readonly existed: false
  /** What changes with every write to the dump, and when it is replaced. */
  readonly identity: string
  /** The size of the dump on the disk. */
  readonly dumpBytes: number
  readonly [key: string]: false | string | number
}

/**
 * Loads a dump into a new server on a fresh volume, without a network, and proves it by a second dump. Starts nothing that
 * stays. An undo keeps a volume that was written to after the load.
 */
export const dumpRestore = changeKind({
  kind: 'dump-restore',
  summary: 'A fresh volume holds a database server with exactly what a dump holds',
  fields,
  traits: { fillsFromBackup: true },
  outputs: ['volume'],
  timeoutMinutes: 480,
  usualSeconds: 20,

  validate: (step) => servers[step.server].problems(step),
  describe: ({ dump, volume }) => `restore the dump ${dump} into the fresh volume ${volume}`.slice(0, 200),
  effects: ({ dump, globals, image, volume, passwordOf, live }) => [
    { how: 'reads', what: 'path', name: dump },
    ...(globals === undefined ? [] : [{ how: 'reads', what: 'path', name: globals } as const]),
    { how: 'reads', what: 'image', name: image },
    ...(passwordOf ? filesOf(passwordOf) : []).map((name) => ({ how: 'reads', what: 'path', name }) as const),
    ...liveEffects(live),
    { how: 'creates', what: 'volume', name: volume },
  ],

  async inspect(step, host) {
    const { dump, globals, image, volume } = step
    const script = shellFile('dump-restore/inspect.sh', { ...dumpOf(step), ...targetOf(step, host), image })
    const found = readFacts(await host.ask(question(script, { timeoutSeconds: 600 })), {
      ...{
        security: once,
        free: amount,
        symlink: many,
        source: many,
        lacks: many,
        identity: maybe,
        notFile: maybe,
      },
      ...{ dumpBytes: amount.optional(), writtenAt: maybe, image: once, target: once, alreadyThere: amount },
      ...{ usedBy: many, done: maybe },
    })
    const sources = [dump, ...(globals === undefined ? [] : [globals])]
    sources.forEach((path, index) => refuseSymlink(path, found.symlink[index]))
    if (found.security.includes('rootless'))
      throw new StepRefused('the Docker engine is rootless; volumes are restored on a rootful engine only')
    const inTheWay = { about: [{ how: 'deletes', what: 'volume', name: volume } as const] }
    if (found.usedBy.length > 0)
      throw new StepRefused(
        `volume ${volume} is used by container ${found.usedBy.join(', ')}; a restore needs a fresh volume: use another name`,
        inTheWay,
      )
    if (found.target === 'foreign')
      throw new StepRefused(
        `volume ${volume} exists and was not made by this step; a restore needs a fresh volume: use another name`,
        inTheWay,
      )
    for (const [index, path] of sources.entries()) {
      if (found.source[index] === 'absent') return blockedOnMissing('path', path, `the dump ${path}`)
      refuseSource(path, found.source[index] ?? '', index > 0)
    }
    if (found.notFile !== undefined)
      throw new StepRefused(
        `the dump ${dump} holds ${found.notFile}, which is not a file; pg_dump -Fd writes files only`,
        aboutContent(dump),
      )
    if (found.lacks.length > 0)
      throw new StepRefused(
        `the dump is packed with ${found.lacks.join(' and ')}, which the host does not have; install it`,
      )
    if (found.image === '') return blockedOnMissing('image', image, `the image ${image}`)
    const { identity = '', dumpBytes = 0, writtenAt = '0' } = found
    const priorState: Prior = { existed: false, identity, dumpBytes }
    if (found.done) return { priorState, changes: [], because: `this step filled volume ${volume}` }

    const read = await servers[step.server].inspect(step, host)
    const needed = read.unpackedBytes * SIZE_OF_UNPACKED + SPARE_BYTES
    if (needed > found.free + found.alreadyThere)
      throw new StepRefused(
        `the dump ${dump} is ${formatBytes(read.unpackedBytes)} unpacked, and needs about ${formatBytes(needed)} as a volume, ` +
          `but the engine's disk has ${formatBytes(found.free)} free. Free some space`,
      )
    const written = new Date(Number(writtenAt) * 1000).toISOString()
    return {
      priorState,
      changes: [
        `makes volume ${volume}`,
        `loads ${dump} with ${image}: ${read.text}, ${formatBytes(dumpBytes)}, written at ${written}`,
      ],
      notes: read.notes,
      copiesBytes: read.unpackedBytes,
    }
  },

  async apply(step, { identity, dumpBytes }, host) {
    const target = targetOf(step, host)
    const { scratch: scratch_containers } = scratchOf(step.image, host)
    const make = shellFile('dump-restore/make.sh', { ...target, scratch_containers })
    await host.run('make-target', command(make))
    await host.run('load', servers[step.server].load(step, identity, host), (line) =>
      loadProgress(line, dumpBytes),
    )
    await host.run('record', command(shellFile('shared/fresh-record.sh', target)))
  },

  async verify(step, host) {
    return { ...(await servers[step.server].verify(step, host)), outputs: { volume: step.volume } }
  },

  undoes: ({ volume }) => `removes volume ${volume}; keeps what was written to or is in use`,

  async undo(step, _priorState, host) {
    const { scratch } = scratchOf(step.image, host)
    const script = shellFile('dump-restore/undo.sh', {
      ...{ ...targetOf(step, host), scratch: 'no', scratch_containers: scratch },
    })
    const { kept } = readFacts((await host.run('remove-unserved', command(script))).stdout, { kept: maybe })
    return kept === undefined ? [] : [{ what: `volume ${step.volume}`, why: `${kept}; kept` }]
  },
})

/** A volume of rows with their indexes takes about twice the size of the same rows as text. */
const SIZE_OF_UNPACKED = 2
/** For the system tables and the write-ahead log. */
const SPARE_BYTES = 256 * 1024 * 1024

/** @throws StepRefused for what cannot be a dump */
function refuseSource(path: string, source: string, isGlobals: boolean): void {
  if (source === 'empty')
    throw new StepRefused(
      `the dump ${path} is empty; look for what went wrong when it was made`,
      aboutContent(path),
    )
  if (source === 'other' || (source === 'directory' && isGlobals))
    throw new StepRefused(`${path} is not a file; name the file that holds the dump`, aboutContent(path))
}
