import { vividwallsPhases } from '../../testbed/vividwalls-phases.ts'
import { byHand, tellOfRollbackFrom } from '../e2e/vividwalls-rolled-back.ts'

tellOfRollbackFrom(await vividwallsPhases(), byHand)
