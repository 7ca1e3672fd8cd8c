import { StepNotVerified } from '../errors.ts'
import { absolutePath } from '../fields/absolute-path.ts'
import { volumeName } from '../fields/names.ts'
import type { Progress } from '../host/host.ts'
import { command, question } from '../shell/command.ts'
import { lines, sh } from '../shell/script.ts'
import { amount, many, maybe, once, readFacts } from './facts.ts'
import { stepKind, type Values } from './step-kind.ts'
import { compareTrees, manifestWords } from './tree-manifest.ts'
import { copyTree, makeVolume, recordState, removeUnserved } from './volume-restore-scripts.ts'
import { inWords, lookAtRestore, refuseRestore } from './volume-restore-look.ts'
import { volumeWords } from './volume-words.ts'

const fields = {
  /** A directory on the host: its whole tree becomes the volume's content. */
  from: absolutePath,
  /** A name that no volume has yet. */
  volume: volumeName,
}
type Step = Values<typeof fields>

/** The volume did not exist; sizes of the source, for the progress of the copy. */
interface Seen {
  readonly existed: false
  readonly sourceBytes: number
  readonly sourceFiles: number
  readonly [key: string]: false | number
}

const VERIFY_SECONDS = 7 * 86_400

/**
 * Restores a tree into a fresh volume, beside the live one, and compares both by their manifests. No container is
 * started. A volume that anything has written to since is never removed again.
 */
export const volumeRestore = stepKind({
  kind: 'volume-restore',
  summary: 'A fresh volume holds exactly the files of a directory on the host',
  fields,
  outputs: ['volume'],
  timeoutMinutes: 240,

  describe: ({ from, volume }) => `restore ${from} into the fresh volume ${volume}`,
  touches: ({ from, volume }) => [
    { how: 'reads', what: 'path', name: from },
    { how: 'makes', what: 'volume', name: volume },
  ],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  async look(step, host) {
    const found = await lookAtRestore(step, host)
    refuseRestore(step, found)
    if (found.source === 'absent') return { later: `the source ${step.from}` }
    const { files, bytes } = found
    const changes = [
      `makes volume ${step.volume}`,
      `copies ${files} files, ${inWords(bytes)}, from ${step.from}`,
    ]
    return { seen: { existed: false, sourceBytes: bytes, sourceFiles: files } as Seen, changes }
  },

  async run(step, seen, host) {
    await host.run('make-volume', command(makeVolume(step, host)))
    await host.run('copy', command(copyTree(step, host)), (line) => copyProgress(line, seen.sourceBytes))
    await host.run('record', command(recordState(step, host)))
    return { volume: step.volume }
  },

  async verify(step, host) {
    const asked = question(
      lines(
        sh`set -eu`,
        volumeWords(step.volume, host),
        sh`from=${step.from}`,
        sh`target`,
        sourceIsThere,
        manifestWords,
        compareTrees,
      ),
      { timeoutSeconds: VERIFY_SECONDS },
    )
    const { stdout } = await host.measure('compare', asked)
    const found = readFacts(stdout, {
      files: amount,
      bytes: amount,
      manifest: once,
      same: once,
      differ: maybe,
      path: many,
    })
    if (found.same !== 'yes') {
      throw new StepNotVerified(differenceOf(step, found.differ ?? '0'), found.path)
    }
    const { files, bytes, manifest } = found
    return {
      summary: `volume ${step.volume} equals ${step.from}: ${files} files, ${inWords(bytes)}, by manifests with the sha256 of every file`,
      strength: 'proven',
      facts: { files, bytes, manifest },
    }
  },

  async undo(step, _seen, host) {
    const { stdout } = await host.run('remove-unserved', command(removeUnserved(step, host)))
    const { kept } = readFacts(stdout, { kept: maybe })
    return kept ? [{ what: `volume ${step.volume}`, why: `${kept}; kept` }] : []
  },
})

const sourceIsThere = sh`if [ ! -d "$from" ] || [ -n "$(symlink_in "$from")" ]; then fail "the source $from is not there any more"; fi`

function differenceOf({ from, volume }: Step, differ: string): string {
  return `volume ${volume} differs from ${from} (${differ} ${differ === '1' ? 'path' : 'paths'})`
}

/** Reads what rsync prints with --info=progress2: `  1,234,567  45%  100.00MB/s    0:00:12`. */
export function copyProgress(line: string, totalBytes: number): Progress | undefined {
  const [, done, hours, minutes, seconds] =
    /^\s*([\d,.]+)\s+\d+%\s+\S+\s+(\d+):(\d\d):(\d\d)/.exec(line) ?? []
  if (done === undefined) return undefined
  const doneBytes = Number(done.replace(/[,.]/g, ''))
  return {
    text: `copied ${inWords(doneBytes)} of ${inWords(totalBytes)}`,
    doneBytes,
    totalBytes,
    secondsLeft: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  }
}
