import { BadInput } from '../exit-codes.ts'

export function noSuchRun(run: string): BadInput {
  return new BadInput(`there is no run ${run}`, 'reinstate status')
}
