import { tellOfRunHitBy } from '../e2e/vividwalls-hit.ts'

tellOfRunHitBy(() => 'dockerd')
