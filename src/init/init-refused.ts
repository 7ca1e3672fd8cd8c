import { ReinstateError } from '../errors.ts'

/** init writes no plan for this stack: something is to be decided, put in place or named first. */
export class InitRefused extends ReinstateError {
  override readonly name = 'InitRefused'
  constructor(reason: string) {
    super(reason, { reason })
  }
}
