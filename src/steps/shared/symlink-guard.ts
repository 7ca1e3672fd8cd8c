import { StepRefused } from '../../errors.ts'
import { aboutPath } from '../step-kind.ts'

/** @throws StepRefused if the host found a symbolic link on the way to `path` */
export function refuseSymlink(path: string, symlink: string | undefined): void {
  if (!symlink) return
  throw new StepRefused(
    `${symlink}, on the way to ${path}, is a symbolic link, whose target may change during the step; name the real path`,
    aboutPath(symlink),
  )
}
