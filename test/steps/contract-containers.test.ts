import { holdToContract } from './hold-to-contract.ts'
import { joined as containerCheck } from './joins/container-check.ts'
import { joined as containersStop } from './joins/containers-stop.ts'
import { joined as prune } from './joins/prune.ts'

holdToContract([containerCheck, containersStop, prune])
