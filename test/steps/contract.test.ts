import { holdToContract } from './hold-to-contract.ts'

await holdToContract([
  'directories',
  'file-write',
  'volume-restore',
  'http-probe',
  'http-load',
  'command',
  'tree-check',
  'backup-audit',
  'attest',
  'wait',
])
