import { StepRefused } from '../../errors.ts'
import type { DumpServer } from './server.ts'

const notYet = () => {
  throw new StepRefused('dumps of MariaDB cannot be restored yet', { isOfPlan: true })
}

export const mariadbDump: DumpServer = {
  problems: () => [],
  inspect: notYet,
  load: notYet,
  progress: () => undefined,
  verify: notYet,
}
