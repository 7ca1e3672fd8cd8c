import type { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import type { Script } from '../../shell/script.ts'
import { shellFile } from '../../shell/shell-file.ts'
import type { Evidence } from '../step-kind.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import type { ReadBack } from '../shared/read-back.ts'
import { commandName, memberHost, targetName, targetOf } from '../shared/fresh-target.ts'
import type { Member } from './members.ts'

const VERIFY_SECONDS = 7 * 86_400

/** Compares each target with its source, file by file. @throws StepNotVerified with up to ten paths per target */
export async function compareMembers(
  members: readonly Member[],
  host: HostView,
  readBack: ReadBack,
): Promise<readonly Compared[]> {
  const compared: Compared[] = []
  for (const [index, member] of members.entries()) {
    const script = compareMember(member, memberHost(index, members, host), readBack)
    const asked = question(script, { timeoutSeconds: VERIFY_SECONDS })
    const { stdout } = await host.measure(commandName('compare', index, members), asked)
    compared.push({ member, ...readFacts(stdout, comparison) })
  }
  const wrong = compared.filter(({ same }) => same !== 'yes')
  if (wrong.length > 0) {
    throw new StepNotVerified(
      wrong.map(differenceOf).join('; '),
      wrong.flatMap(({ path }) => path),
    )
  }
  return compared
}

/** Up to this size, a comparison takes less time than a second copy. */
const SMALL_BYTES = 100_000_000

/** Whether each target already equals its source. False, without a comparison, for large trees. */
export async function isFinished(
  found: readonly { readonly member: Member; readonly bytes: number }[],
  host: HostView,
): Promise<boolean> {
  if (found.reduce((before, { bytes }) => before + bytes, 0) > SMALL_BYTES) return false
  const members = found.map(({ member }) => member)
  for (const [index, member] of members.entries()) {
    const script = compareMember(member, memberHost(index, members, host), 'memory')
    const asked = question(script, { timeoutSeconds: 3600 })
    if (readFacts(await host.ask(asked), comparison).same !== 'yes') return false
  }
  return true
}

/** Counts the prestaged files. No proof: the step that finishes the copy compares them. */
export async function countPrestaged(members: readonly Member[], host: HostView): Promise<Evidence> {
  const counts: number[] = []
  for (const [index, member] of members.entries()) {
    const script = shellFile('volume-restore/count.sh', targetOf(member, memberHost(index, members, host)))
    counts.push(
      readFacts(await host.ask(question(script, { timeoutSeconds: 3600 })), { files: amount }).files,
    )
  }
  const files = counts.reduce((before, count) => before + count, 0)
  return {
    summary: `${members.map(targetName).join(', ')}: ${countOf(files, 'file')} prestaged from a source in use, not compared yet`,
    strength: 'observed',
    facts: { files },
  }
}

const comparison = {
  files: amount,
  bytes: amount,
  manifest: once,
  same: once,
  differ: maybe,
  path: many,
  readBytes: amount.default(0),
  storedBytes: amount.default(0),
  allocated: amount.default(0),
  sourceAllocated: amount.default(0),
}
type Compared = { readonly member: Member } & z.infer<z.ZodObject<typeof comparison>>

function compareMember(member: Member, host: HostView, readBack: ReadBack): Script {
  const target = targetOf(member, host)
  return shellFile('volume-restore/verify.sh', { ...target, from: member.from, read_back: readBack })
}

function differenceOf({ member, differ = '0' }: Compared): string {
  return `${targetName(member)} differs from ${member.from} (${countOf(Number(differ), 'path')})`
}
