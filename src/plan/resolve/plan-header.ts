import { pathInside, type PlanFolder } from '../files/plan-folder.ts'
import type { Json, JsonObject } from '../../steps/step-kind.ts'
import { fillNow, type Scope } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { valuesOfInputs } from '../values/inputs.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { parseShape, planShape, type PlanHeader } from '../schema/shape.ts'

export interface HeaderOptions {
  readonly inputs: Readonly<Record<string, string>>
  readonly runId: string
  /** The folder of secrets files. Default: the folder of the plan. */
  readonly secretsFolder?: string | undefined
  /** Names of the inventory. If given, the plan's hosts must be among them. */
  readonly inventory?: readonly string[]
  /** The channels of notify.yaml. If given, those of the plan must be among them. */
  readonly channels?: readonly string[]
}

interface FileOptions {
  readonly folder: PlanFolder
  readonly diagnostics: Diagnostics
}

/** Parses the plan without its phases. Inputs come first: other fields may look them up. */
export function parseHeader(
  raw: JsonObject,
  options: HeaderOptions & FileOptions,
): { header: PlanHeader; scope: Scope; hostNames: readonly string[] } {
  const { inputs, runId, inventory, channels, diagnostics } = options
  const silent: Diagnostics = { ...diagnostics, at() {}, atKey() {}, atText() {} }
  const first = parseShape(planShape, raw, { at: [], diagnostics: silent, later: () => false })
  // An input whose declaration is invalid is still declared.
  const inputNames = namesIn(raw['inputs'])
  if (runId.includes('${{'))
    diagnostics.at([], { code: 'bad-run-id', message: 'the run id cannot hold a lookup' })
  const scope = {
    inputs: valuesOfInputs({ declared: first.inputs ?? {}, names: inputNames }, inputs, diagnostics),
    inputNames,
    secretNames: namesIn(namedIn(raw['secrets'], 'require')),
    secretsFile: secretsFile(namedIn(raw['secrets'], 'file'), options),
    runId,
    renamed: new Map<string, string>(),
  }
  const fillable = Object.fromEntries(
    Object.entries(raw).filter(([key]) => !['phases', 'inputs', 'secrets'].includes(key)),
  )
  const { value, references, refused } = fillNow(fillable, [], scope, diagnostics)
  for (const { lookup, path, written } of references)
    if (lookup.is !== 'input')
      diagnostics.atText(path, written, {
        code: 'lookup-too-early',
        message: 'is read before the run starts, and this is known only in the run',
      })
  const filled = { ...raw, ...(value as Record<string, Json>) }
  const later = (path: readonly PropertyKey[]): boolean =>
    [...references.map((one) => one.path), ...refused].some(([key]) => key === path[0])
  const header = parseShape(planShape, filled, { at: [], diagnostics, later })
  const hostNames = namesIn(filled['hosts'])
  for (const host of header.hosts ?? [])
    if (inventory && !inventory.includes(host))
      diagnostics.at(['hosts', hostNames.indexOf(host)], {
        code: 'unknown-host',
        message: `the inventory has no host "${host}"`,
        ...didYouMean(host, inventory),
      })
  for (const [index, written] of (Array.isArray(filled['notify']) ? filled['notify'] : []).entries()) {
    const channel = namedIn(written, 'channel')
    if (channels && typeof channel === 'string' && !channels.includes(channel))
      diagnostics.at(['notify', index, 'channel'], {
        code: 'unknown-channel',
        message: `notify.yaml has no channel "${channel}"`,
        ...didYouMean(channel, channels),
      })
  }
  return { header, scope, hostNames }
}

/**
 * Returns the absolute path of the secrets file, which must be inside the folder of secrets files or of the plan. A lookup in
 * it is refused: the person who starts a run must not choose which file of the worker is read.
 */
function secretsFile(
  file: Json | undefined,
  { folder, secretsFolder, diagnostics }: Pick<HeaderOptions, 'secretsFolder'> & FileOptions,
): string | undefined {
  if (typeof file !== 'string') return undefined
  const allowed = [...(secretsFolder === undefined ? [] : [secretsFolder]), folder.absolute('.')]
  const isLookup = file.includes('${{')
  const path = isLookup ? undefined : pathInside(file, allowed)
  if (path !== undefined) return path
  diagnostics.at(['secrets', 'file'], {
    code: 'secrets-file',
    message: isLookup
      ? 'the path of the secrets file cannot hold a lookup'
      : `the secrets file "${file}" is neither inside the folder of the plan nor inside REINSTATE_SECRETS`,
    hint: 'write the name of a file, and set REINSTATE_SECRETS to its folder on the worker',
  })
  // The plan is refused; its lookups of this path need no further problem.
  return folder.absolute('invalid')
}

/** The names of a map, or the texts of a list. */
function namesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string')
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function namedIn(value: Json | undefined, key: string): Json | undefined {
  // Neither a list nor null is a map.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}
