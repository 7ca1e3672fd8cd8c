import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['archive-restore'])
