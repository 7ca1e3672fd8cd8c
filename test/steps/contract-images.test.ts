import { REGISTRY_IMAGE } from '../../testbed/registry.ts'
import { holdToContract } from './hold-to-contract.ts'

await holdToContract(['image-build', 'image-push', 'image-pull'], [REGISTRY_IMAGE])
