import { inWords } from '../in-words.ts'
import { StepRefused } from '../../errors.ts'
import type { FoundMember } from './inspect.ts'

/** @throws StepRefused where what goes to one disk does not fit there together. */
export function refuseNoSpace(found: readonly FoundMember[]): void {
  for (const { disk, place, free, freeInodes } of found) {
    const here = found.filter((other) => other.disk === disk)
    const from = here.map(({ member }) => member.from).join(', ')
    const [sources, need, have] = here.length === 1 ? ['source', 'needs', 'has'] : ['sources', 'need', 'have']
    const needed = Math.ceil(sum(here.map(({ spaceNeeded }) => spaceNeeded)) * 1.05)
    const there = free + sum(here.map(({ alreadyThere }) => alreadyThere))
    if (needed > there) {
      throw new StepRefused(
        `the ${sources} ${from} ${need} ${inWords(needed)} (with 5 % to spare), but ${inWords(there)} are free at ${place}; ` +
          'make room or move the engine to a larger disk',
      )
    }
    const entries = sum(here.filter(({ target }) => target === 'absent').map(({ entries }) => entries))
    if (freeInodes > 0 && entries > freeInodes) {
      throw new StepRefused(
        `the ${sources} ${from} ${have} ${entries} files and directories, but ${place} has room for ${freeInodes}`,
      )
    }
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0)
}
