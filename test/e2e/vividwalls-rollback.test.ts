import { tellOfRollbackFrom } from './vividwalls-rolled-back.ts'

// The two with most to undo; all the others are in test/faults.
tellOfRollbackFrom(['migrate', 'cutover'])
