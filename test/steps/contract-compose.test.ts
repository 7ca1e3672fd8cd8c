import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['compose-up', 'compose-down', 'compose-check'])
