import { shippedPhases } from '../../testbed/plan-phases.ts'
import { byHand, tellOfRollbackFrom } from '../e2e/vividwalls-rolled-back.ts'

tellOfRollbackFrom(await shippedPhases('vividwalls-restore'), byHand)
