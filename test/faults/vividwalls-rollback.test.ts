import { vividwallsPhases } from '../e2e/vividwalls-phases.ts'
import { tellOfRollbackFrom } from '../e2e/vividwalls-rolled-back.ts'

tellOfRollbackFrom(await vividwallsPhases())
