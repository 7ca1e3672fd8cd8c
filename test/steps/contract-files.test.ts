import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['env-file', 'secrets-audit', 'file-copy', 'move', 'quarantine'])
