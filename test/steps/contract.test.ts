import { afterAll, beforeAll } from 'vitest'
import { joined as command } from './joins/command.ts'
import { joined as composeUp } from './joins/compose-up.ts'
import { joined as directories } from './joins/directories.ts'
import { joined as fileWrite } from './joins/file-write.ts'
import { joined as httpProbe } from './joins/http-probe.ts'
import { joined as volumeRestore } from './joins/volume-restore.ts'
import { contract } from './contract.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

for (const kind of [directories, fileWrite, volumeRestore, composeUp, httpProbe, command])
  contract(kind, () => stage)
