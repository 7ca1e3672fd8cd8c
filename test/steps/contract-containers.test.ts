import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['container-check', 'containers-stop', 'prune'])
