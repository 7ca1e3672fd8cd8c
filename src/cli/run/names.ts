import { BadInput } from '../exit-codes.ts'

/** The workflow of a run's n-th rollback: `<run>/rollback`, then `~2` and so on. */
export function rollbackId(run: string, number: number): string {
  return `${run}/rollback${number === 1 ? '' : `~${number}`}`
}

export function noSuchRun(run: string): BadInput {
  return new BadInput(`there is no run ${run}`, 'reinstate status')
}
