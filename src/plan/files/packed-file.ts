import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { StepRefused } from '../../errors.ts'
import type { Contents } from '../../fields/plan-file.ts'
import { MAX_FILE_BYTES } from './plan-folder.ts'
import type { PlanFile } from '../plan.ts'

/** Packs a file for embedding in a resolved plan. */
export function pack(name: string, bytes: Uint8Array): PlanFile {
  return { name, sha256: sha256(bytes), gzip: gzipSync(bytes).toString('base64') }
}

/** Unpacks an embedded file for a kind. @throws StepRefused if its digest differs; never retried */
export function unpack({ name, sha256: expected, gzip }: PlanFile): Contents {
  const bytes = gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_FILE_BYTES })
  if (sha256(bytes) !== expected)
    throw new StepRefused(`the embedded file ${name} is damaged: its sha256 differs`)
  return { name, sha256: expected, base64: bytes.toString('base64') }
}

/** In hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
