import { tellOfRollbackFrom } from './vividwalls-rolled-back.ts'

// The one with most to undo; all the others are in test/faults.
tellOfRollbackFrom(['cutover'])
