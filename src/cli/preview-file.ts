import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Preview, Previewed } from '../workflows/previews.ts'
import { BadInput } from './exit-codes.ts'

const texts = z.record(z.string(), z.string())

/** The part of a saved preview that a run is compared with; the rest is for people. */
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
    z.object({
      ...{ phase: z.string(), step: z.string(), host: z.string(), digestLines: z.array(z.string()) },
      blocked: z.string().exactOptional(),
    }),
  ),
})

/** A saved preview, and the request that it was made for. */
export interface SavedPreview {
  readonly request: Preview['request']
  readonly previewed: Previewed
}

/** Refuses an existing file that is not a preview. Called before anything is inspected. @throws BadInput */
export function mayHoldPreview(file: string): void {
  if (!existsSync(file)) return
  try {
    readPreview(file)
  } catch {
    throw new BadInput(`${file} exists and is not a preview; it was not changed. Give --save another name`)
  }
}

/** Writes a preview atomically, mode 0600, because it has inputs and diffs. @throws BadInput */
export function savePreview(file: string, preview: Preview): void {
  mayHoldPreview(file)
  const part = `${file}.${process.pid}.part`
  try {
    writeFileSync(part, `${JSON.stringify(preview, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(part, file)
  } catch (error) {
    throw new BadInput(`the preview cannot be written to ${file}: ${reasonOf(error)}`)
  }
}

/** Reads a saved preview. @throws BadInput */
export function readPreview(file: string): SavedPreview {
  const next = 'reinstate preview PLAN --save FILE'
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadInput(`${file} is not a saved preview: ${reasonOf(error)}`, next)
  }
  const parsed = saved.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new BadInput(`${file} is not a saved preview: ${issue?.path.join('.')} ${issue?.message}`, next)
  }
  const { preview: _, request, ...previewed } = parsed.data
  return { request, previewed }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
