import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['image-build', 'image-push', 'image-pull'])
