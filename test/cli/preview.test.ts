import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPreview, savePreview } from '../../src/cli/preview-file.ts'
import { preview } from './a-preview.ts'

describe('a saved preview', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-preview-'))
  const file = join(folder, 'saved.json')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is read as it was written, and is readable by its owner only', () => {
    savePreview(file, preview)
    const { request, previewed } = readPreview(file)
    expect(request).toEqual(preview.request)
    expect(previewed).toMatchObject({ digest: preview.digest, plan: preview.plan, hosts: preview.hosts })
    expect(previewed.steps).toHaveLength(5)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('replaces a saved preview, and no other file', () => {
    savePreview(file, { ...preview, digest: 'another' })
    savePreview(file, preview)
    expect(readPreview(file).previewed.digest).toBe(preview.digest)
    writeFileSync(file, 'port=80\n')
    expect(() => savePreview(file, preview)).toThrow('exists and is not a preview')
    expect(readFileSync(file, 'utf8')).toBe('port=80\n')
  })

  it.each([
    ['is missing', undefined, 'ENOENT'],
    ['is not JSON', '{', 'JSON'],
    ['is of another version', JSON.stringify({ ...preview, preview: 2 }), 'another version'],
    ['lacks something', JSON.stringify({ ...preview, digest: undefined }), 'digest'],
  ])('is refused where it %s', (_, text, said) => {
    rmSync(file, { force: true })
    if (text !== undefined) writeFileSync(file, text)
    expect(() => readPreview(file)).toThrow(said)
  })
})
