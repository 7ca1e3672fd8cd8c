import { holdToContract } from './hold-to-contract.ts'
import { joined as composeUp } from './joins/compose-up.ts'
import { joined as composeDown } from './joins/compose-down.ts'
import { joined as composeCheck } from './joins/compose-check.ts'
import { joined as containerCheck } from './joins/container-check.ts'
import { joined as containersStop } from './joins/containers-stop.ts'
import { joined as prune } from './joins/prune.ts'

holdToContract([composeUp, composeDown, composeCheck, containerCheck, containersStop, prune])
