import { StepRefused } from '../../errors.ts'
import type { ProjectRef } from './compose-command.ts'
import type { Configuration, Project } from './compose-project.ts'
import { refuseSymlink } from './symlink-guard.ts'
import { notThere, type Blocked } from '../step-kind.ts'

/** A Compose file that another step must write first. */
export function noComposeFile(file: string): Blocked {
  return notThere('path', file, `the Compose file ${file}`)
}

/** undefined where a file is missing. @throws StepRefused where Compose or the file is not right. */
export function configurationOf(step: ProjectRef, found: Project): Configuration | undefined {
  if (!found.compose) {
    throw new StepRefused(
      'this host has no Compose v2 (docker compose); install the plugin: apt-get install docker-compose-plugin or docker-compose-v2',
    )
  }
  if (/^v?1\./.test(found.compose))
    throw new StepRefused(`this host has Compose ${found.compose}; version 2 is needed`)
  ;[step.file, ...(step.overrides ?? [])].forEach((path, index) => refuseSymlink(path, found.symlink[index]))
  if (found.absent.length > 0) return undefined
  if (found.wrong !== undefined) throw new StepRefused(`Compose does not take ${step.file}: ${found.wrong}`)
  return found.config
}
