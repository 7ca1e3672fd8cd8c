import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { StepRefused } from '../../errors.ts'
import type { Contents } from '../../fields/plan-file.ts'
import { LIMIT_BYTES } from './on-disk.ts'
import type { PlanFile } from '../plan.ts'

/** A file as it is embedded in a resolved plan. */
export function pack(name: string, bytes: Uint8Array): PlanFile {
  return { name, sha256: sha256(bytes), gzip: gzipSync(bytes).toString('base64') }
}

/** The file as a kind gets it. @throws StepRefused where its bytes are not those that were packed; never retried */
export function unpack({ name, sha256: expected, gzip }: PlanFile): Contents {
  const bytes = gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: LIMIT_BYTES })
  if (sha256(bytes) !== expected)
    throw new StepRefused(`the file ${name} is not the one that the plan carried: its sum differs`)
  return { name, sha256: expected, base64: bytes.toString('base64') }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
