import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { formatBytes } from '../format.ts'

/** Field of copying kinds: where verify reads the copy from. */
export const readBack = z.enum(['memory', 'disk']).default('memory').meta({
  description:
    'memory: verify reads the flushed copy as the system caches it. disk: verify drops the cached pages first, and reports how much came from the disk. Default: memory',
})
export type ReadBack = z.infer<typeof readBack>

// Pages that another process reads meanwhile are cached again.
const LEAST = 0.9

/**
 * Text for the evidence: how much of a copy verify read from the disk. Undefined for `memory`.
 * @throws StepNotVerified where less than 90 % came from the disk
 */
export function readFromDisk(
  at: string,
  of: ReadBack,
  { readBytes, storedBytes }: { readonly readBytes: number; readonly storedBytes: number },
): string | undefined {
  if (of === 'memory') return undefined
  if (readBytes < storedBytes * LEAST) {
    throw new StepNotVerified(
      `${at} is equal as cached, but only ${formatBytes(readBytes)} of its ${formatBytes(storedBytes)} came from the disk: ` +
        'a process keeps it in memory, or its file system does not report reads; stop what uses it and retry, or leave out readBack: disk',
    )
  }
  return `read back from the disk (${formatBytes(readBytes)})`
}
