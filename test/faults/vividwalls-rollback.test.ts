import { vividwallsPhases } from '../../testbed/vividwalls-phases.ts'
import { tellOfRollbackFrom } from '../e2e/vividwalls-rolled-back.ts'

tellOfRollbackFrom(await vividwallsPhases())
