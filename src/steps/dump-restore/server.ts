import type { HostView, ReadProgress } from '../../host/host.ts'
import type { Command, Environment } from '../../shell/command.ts'
import { lines, Script } from '../../shell/script.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { formatBytes } from '../format.ts'
import { composeVariables } from '../shared/compose-project.ts'
import { scratchOf } from '../shared/owner-label.ts'
import type { Evidence } from '../step-kind.ts'
import type { PasswordOf, Step } from './fields.ts'

/** What the inspection found in a dump. */
export interface DumpFound {
  /** One line: whose dump it is, of which version, with how many tables and rows. Part of what is approved. */
  readonly text: string
  /** Further lines for people. */
  readonly notes: readonly string[]
  /** Size of the dump as text, from which the size of the volume is estimated. */
  readonly unpackedBytes: number
}

/** What differs by the server whose dump it is. */
export interface DumpServer {
  /** Problems of the fields of a step that only this server has. */
  problems(step: Step): readonly string[]
  /**
   * Reads the whole dump, and asks the image. Changes nothing.
   * @throws StepRefused for a dump that cannot be loaded whole; never retried.
   */
  inspect(step: Step, host: HostView): Promise<DumpFound>
  /**
   * The command that fills the step's volume, which `make-target` has made. It begins with fill.sh: a volume that an
   * interrupted load left is made anew. Fails if the dump has not the `identity` that was inspected, before or after.
   */
  load(step: Step, identity: string, host: HostView): Command
  /**
   * Compares the volume with the dump: by a second dump of a scratch copy. Stateless.
   * @throws StepNotVerified with what differs; never retried.
   */
  verify(step: Step, host: HostView): Promise<Evidence>
}

/** Why a dump that a shell has changed is refused: `changed` is what dump.sh printed. Nothing where it is as its program wrote it. */
export function changedOnTheWay(dump: string, changed: string | undefined): string | undefined {
  if (changed === 'utf-16')
    return (
      `the dump ${dump} is in UTF-16, as PowerShell writes what a command prints; what it did not understand is lost. ` +
      'Take another dump, into a file that its program writes itself'
    )
  if (changed === 'line-ends')
    return (
      `each line of the dump ${dump} ends with a carriage return, as docker exec -t and Windows write it. Take another one without -t; ` +
      `or remove them from a copy: sed 's/\\r$//'`
    )
  return undefined
}

/** Parses a line `progress=` of a load: the bytes of the dump that are read, or what is done. `totalBytes` is its size on the disk. */
export function loadProgress(line: string, totalBytes: number): ReturnType<ReadProgress> {
  const [, text] = /^progress=(.+)$/.exec(line) ?? []
  if (text === undefined) return undefined
  const doneBytes = Number(text)
  return Number.isNaN(doneBytes)
    ? { text }
    : { text: `loaded ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`, doneBytes, totalBytes }
}

/** Problems of the fields with passwords. */
export function passwordProblems({ password, rootPassword, passwordOf }: Step): readonly string[] {
  return [
    ...(passwordOf?.variable !== undefined && password !== undefined
      ? ['needs password: or variable: in passwordOf:, not both']
      : []),
    ...(passwordOf?.rootVariable !== undefined && rootPassword !== undefined
      ? ['needs rootPassword: or rootVariable: in passwordOf:, not both']
      : []),
  ]
}

/** Whether the step gives its account, or root, a password. */
export function hasPassword({ password, passwordOf }: Step): boolean {
  return (password ?? passwordOf?.variable) !== undefined
}
export function hasRootPassword({ rootPassword, passwordOf }: Step): boolean {
  return (rootPassword ?? passwordOf?.rootVariable) !== undefined
}

/** The script with PASSWORD and ROOT_PASSWORD as the step gives them, empty where it gives none. */
export function withPasswords(script: Script, { passwordOf }: Step): Script {
  return lines(
    ...(passwordOf ? [passwordsOf(passwordOf)] : []),
    shellFile('dump-restore/passwords.sh', { is_of_service: passwordOf ? 'yes' : 'no' }),
    script,
  )
}

function passwordsOf(ref: PasswordOf): Script {
  const { service, variable = '', rootVariable = '' } = ref
  const script = shellFile('dump-restore/password-of.sh', {
    ...composeVariables({ ...ref, services: [service] }),
    ...{ of_service: service, variable, root_variable: rootVariable },
    json_string: textFile('shared/json-string.awk'),
  })
  return new Script(`passwords_of() (\n${script.text}\n)`)
}

/** The environment of such a script. */
export function passwordEnvironment({ password, rootPassword, passwordOf }: Step): Environment {
  return {
    ...passwordOf?.environment,
    ...(password && { REINSTATE_PASSWORD: password }),
    ...(rootPassword && { REINSTATE_ROOT_PASSWORD: rootPassword }),
  }
}

/** The variables of shared/fresh-target.sh. */
export function targetOf({ volume }: Step, host: HostView) {
  return { volume, path: '', owner: host.ownerLabel, keep: host.originals }
}

/** The variables of dump.sh. */
export function dumpOf({ dump, globals = '' }: Step) {
  return { dump, globals }
}

/** The variables of fill.sh. */
export function fillOf(step: Step, identity: string, host: HostView) {
  return { ...targetOf(step, host), ...dumpOf(step), ...scratchOf(step.image, host), identity }
}
