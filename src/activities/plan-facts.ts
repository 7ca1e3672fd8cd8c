import { sha256 } from '../plan/files/packed-file.ts'
import type { ResolvedPlan } from '../plan/plan.ts'
import type { Json } from '../steps/step-kind.ts'
import type { PlanFacts } from '../workflows/previews.ts'

const MOST_CHARACTERS = 160

/**
 * Lists the facts of a resolved plan, so that a later plan can be compared with it and each difference named. Secrets have
 * no checksum: a short secret could be guessed from it.
 */
export function planFacts(
  resolved: ResolvedPlan,
  secretsChanged?: { readonly file: string; readonly at: string },
): PlanFacts {
  const { plan, title, stack, inputs, phases, ...head } = carriedOut(resolved)
  const files: Record<string, string> = secretsChanged ? { [secretsChanged.file]: secretsChanged.at } : {}
  const lines: Record<string, string> = {}
  const add = (name: string, value: Json | undefined): void => {
    if (value === undefined) return
    if (isPlanFile(value)) {
      files[value.name] = value.sha256
      lines[name] = value.name
    } else if (typeof value === 'object' && value !== null && !isPlain(value)) {
      for (const [key, inner] of Object.entries(value)) add(join(name, key), inner)
    } else lines[name] = cut(typeof value === 'string' ? value : JSON.stringify(value))
  }

  // Resolved plans are JSON.
  add('', { title, stack, ...head } as unknown as Json)
  lines['phases'] = phases.map(({ phase }) => phase).join(', ')
  for (const { phase, steps, ...rest } of phases) {
    add(`phase ${phase}`, rest as unknown as Json)
    lines[`phase ${phase}: steps`] = cut(steps.map(({ step }) => step).join(', '))
    for (const { step, fields, ...about } of steps)
      add(`step ${step}`, { ...about, ...fields } as unknown as Json)
  }
  return { plan, title, stack, hash: planHash(resolved), inputs, files, lines }
}

/** sha256 over what a resolved plan carries out, with the sha256 of each of its files. */
export function planHash(resolved: ResolvedPlan): string {
  return sha256(JSON.stringify(carriedOut(resolved), withoutBytes))
}

/** Whom a plan notifies, where its files were read and which workers carry it out change nothing on a host. */
function carriedOut(
  resolved: ResolvedPlan,
): Omit<ResolvedPlan, 'hash' | 'notify' | 'revision' | 'taskQueues'> {
  const { hash: _, notify: __, revision: ___, taskQueues: ____, ...rest } = resolved
  return rest
}

/** A file counts by its sha256; its compression may differ. */
function withoutBytes(key: string, value: unknown): unknown {
  return key === 'gzip' ? undefined : value
}

/** Whether a value is a list of scalars, which is shown on one line. */
function isPlain(value: object): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
}

function isPlanFile(value: Json): value is { readonly name: string; readonly sha256: string } {
  return typeof value === 'object' && value !== null && 'sha256' in value && 'gzip' in value
}

function join(name: string, key: string): string {
  if (name === '') return key
  return name.includes(': ') ? `${name}.${key}` : `${name}: ${key}`
}

function cut(text: string): string {
  const shown =
    text.length > MOST_CHARACTERS
      ? `${text.slice(0, MOST_CHARACTERS)}… (sha256 ${sha256(text).slice(0, 12)})`
      : text
  return shown.replaceAll('\n', '\\n')
}
