import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { formatBytes } from '../format.ts'

/** A field of kinds that copy: where the verification reads the copy from. */
export const readBack = z.enum(['memory', 'disk']).default('memory').meta({
  description:
    'memory: the copy is flushed, then verified through the page cache. disk: its pages are dropped from the cache first, and the evidence says how much was read from the disk',
})
export type ReadBack = z.infer<typeof readBack>

// Other processes may load pages again meanwhile.
const MIN_SHARE = 0.9

/**
 * How much of a copy the verification read from the disk, for people; undefined for `memory`.
 * @throws StepNotVerified if it is less than 90 %
 */
export function readFromDisk(
  at: string,
  of: ReadBack,
  { readBytes, storedBytes }: { readonly readBytes: number; readonly storedBytes: number },
): string | undefined {
  if (of === 'memory') return undefined
  if (readBytes < storedBytes * MIN_SHARE) {
    throw new StepNotVerified(
      `${at} is equal, but only ${formatBytes(readBytes)} of its ${formatBytes(storedBytes)} came from the disk: ` +
        'a process keeps it in memory, or its file system does not report reads; stop the process and retry, or leave out readBack: disk',
    )
  }
  return `read back from the disk (${formatBytes(readBytes)})`
}
