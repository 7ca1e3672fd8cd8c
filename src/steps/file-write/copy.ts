import { StepNotVerified, StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { accessProblem, type FileOwner } from '../shared/file-state.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { blockedWrite, readWrittenFile, type WrittenFilePrior } from '../shared/written-file.ts'
import { blockedOnMissing, type Evidence, type Inspection, aboutContent } from '../step-kind.ts'

/** A step of file-write that copies a file of the host. */
export interface CopyStep {
  readonly path: string
  readonly copyOf: string
  readonly mode: string
  readonly owner?: FileOwner | undefined
}

/** The prior state also names the source by inode and change time: only the file that was inspected is copied. */
export async function inspectCopy(step: CopyStep, host: HostView): Promise<Inspection<WrittenFilePrior>> {
  const { path, copyOf, mode } = step
  const found = await readCopy(step, host)
  refuseSymlink(copyOf, found.symlinkSource)
  if (found.sourceKind === 'absent') return blockedOnMissing('path', copyOf, `the source ${copyOf}`)
  if (found.source === undefined)
    throw new StepRefused(`the source ${copyOf} is not a file`, aboutContent(copyOf))
  const blocked = blockedWrite(path, found)
  if (blocked) return blocked
  const { access, was, source } = found
  const priorState: WrittenFilePrior = { was, owner: access?.numbers ?? '0:0', source }
  const size = countOf(Number(found.sourceBytes), 'byte')
  if (!access)
    return { priorState, changes: [`new file ${path}, ${size}, mode ${mode}, copied from ${copyOf}`] }
  if (found.same !== 'yes')
    return { priorState, changes: [`replaces ${path} by ${copyOf}: ${size}, mode ${mode}`] }
  const wrong = accessProblem(access, step)
  return wrong
    ? { priorState, changes: [`changes the access to ${path}: ${wrong}`] }
    : { priorState, changes: [], because: `${path} has the bytes of ${copyOf} and this mode` }
}

/** @throws StepNotVerified if the file differs from its source */
export async function verifyCopy(step: CopyStep, host: HostView): Promise<Evidence> {
  const { path, copyOf } = step
  const found = await readCopy(step, host)
  if (found.symlink || !found.access)
    throw new StepNotVerified(`${path} is ${found.symlink ? 'reached by a symbolic link' : 'missing'}`)
  if (found.same !== 'yes') throw new StepNotVerified(`${path} differs from ${copyOf}`)
  const wrong = accessProblem(found.access, step)
  if (wrong) throw new StepNotVerified(`${path}: ${wrong}`)
  const sizeBytes = Number(found.sourceBytes)
  const summary = `${path}: ${countOf(sizeBytes, 'byte')}, mode ${found.access.mode}, equal to ${copyOf}`
  return { summary, strength: 'proven', facts: { sizeBytes } }
}

async function readCopy({ path, copyOf }: CopyStep, host: HostView) {
  const output = await host.ask(question(shellFile('file-write/source.sh', { path, source: copyOf })))
  const facts = readFacts(output, {
    ...{ symlinkSource: once, sourceKind: once, source: maybe, sourceBytes: maybe },
  })
  return { ...readWrittenFile(output), ...facts }
}
