import { StepRefused } from '../../errors.ts'

/** @throws StepRefused where the host found a symbolic link on the way to `path`. */
export function refuseSymlink(path: string, symlink: string | undefined): void {
  if (!symlink) return
  throw new StepRefused(
    `${symlink}, on the way to ${path}, is a symbolic link: what it leads to may change under the step. Name the real path`,
  )
}
