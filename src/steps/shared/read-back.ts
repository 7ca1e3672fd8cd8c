import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { formatBytes } from '../format.ts'

/** The field of kinds that copy: where their proof reads the copy from. */
export const readBack = z.enum(['memory', 'disk']).default('memory').meta({
  description:
    'memory: the proof reads the copy as the system has it, mostly from memory, after it was flushed. disk: it makes the system forget what it has of the copy first, and says how much came from the disk',
})
export type ReadBack = z.infer<typeof readBack>

// What something else reads meanwhile is in memory again.
const LEAST = 0.9

/**
 * How much of a copy the proof read from the disk, in words; undefined where that was not asked for.
 * @throws StepNotVerified where too little of it did
 */
export function readFromDisk(
  at: string,
  of: ReadBack,
  { readBytes, storedBytes }: { readonly readBytes: number; readonly storedBytes: number },
): string | undefined {
  if (of === 'memory') return undefined
  if (readBytes < storedBytes * LEAST) {
    throw new StepNotVerified(
      `${at} is equal as the system shows it, but only ${formatBytes(readBytes)} of its ${formatBytes(storedBytes)} came from the disk: ` +
        'something keeps it in memory, or its file system does not tell; stop what uses it and retry, or leave out readBack: disk',
    )
  }
  return `read back from the disk (${formatBytes(readBytes)})`
}
