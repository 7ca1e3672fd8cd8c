import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Preview, Previewed } from '../workflows/previews.ts'
import { BadInput } from './exit-codes.ts'

const texts = z.record(z.string(), z.string())

/** As much of a saved preview as a run is held to; the rest is for people. */
const saved = z.object({
  preview: z.literal(1, { error: 'is of another version of reinstate' }),
  madeAt: z.iso.datetime(),
  request: z.object({ plan: z.string().min(1), inputs: texts }),
  plan: z.object({
    plan: z.string(),
    title: z.string(),
    stack: z.string(),
    hash: z.string(),
    inputs: texts,
    files: texts,
    lines: texts,
  }),
  hosts: z.array(z.object({ host: z.string(), address: z.string(), keys: z.array(z.string()) })),
  digest: z.string(),
  steps: z.array(
    z.object({ phase: z.string(), step: z.string(), host: z.string(), digestLines: z.array(z.string()) }),
  ),
})

/** A preview to which a run is held, and what it was asked for. */
export interface SavedPreview {
  readonly request: Preview['request']
  readonly previewed: Previewed
}

/** Refuses a file that is there and is no preview: `--save` was given the wrong name. Asked before anything is looked at. */
export function mayHoldPreview(file: string): void {
  if (!existsSync(file)) return
  try {
    readPreview(file)
  } catch {
    throw new BadInput(`${file} is there and is no preview; it was left alone. Give --save another name`)
  }
}

/** Writes a preview whole, and where only its owner reads it: inputs and diffs are in it. @throws BadInput where it cannot */
export function savePreview(file: string, preview: Preview): void {
  mayHoldPreview(file)
  const beside = `${file}.${process.pid}.part`
  try {
    writeFileSync(beside, `${JSON.stringify(preview, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(beside, file)
  } catch (error) {
    throw new BadInput(`the preview cannot be written to ${file}: ${reasonOf(error)}`)
  }
}

/** Reads what `savePreview` wrote. @throws BadInput for anything else */
export function readPreview(file: string): SavedPreview {
  const next = 'reinstate preview PLAN --save FILE'
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadInput(`${file} is no saved preview: ${reasonOf(error)}`, next)
  }
  const parsed = saved.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new BadInput(`${file} is no saved preview: ${issue?.path.join('.')} ${issue?.message}`, next)
  }
  const { preview: _, request, ...previewed } = parsed.data
  return { request, previewed }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
