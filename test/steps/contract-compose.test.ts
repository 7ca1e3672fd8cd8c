import { holdToContract } from './hold-to-contract.ts'
import { joined as composeUp } from './joins/compose-up.ts'
import { joined as composeDown } from './joins/compose-down.ts'
import { joined as composeCheck } from './joins/compose-check.ts'

holdToContract([composeUp, composeDown, composeCheck])
