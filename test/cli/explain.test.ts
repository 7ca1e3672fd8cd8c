import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glossary } from '../../src/cli/explanations/glossary.ts'
import { chapters, nearestPage, pageOf } from '../../src/cli/explanations/index.ts'
import { pageLines } from '../../src/cli/commands/explain.ts'
import { packageFolder } from '../../src/config.ts'
import { retriedByTemporal } from '../../src/errors.ts'
import { rules } from '../../src/plan/rules/index.ts'

describe('reinstate explain', () => {
  it('has a page for every code that a problem can have', () => {
    const files = ['src/plan', 'src/host'].flatMap((folder) =>
      readdirSync(packageFolder(folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(packageFolder(folder), file),
      ),
    )
    const text = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'))
    const codes = text.flatMap((source) =>
      [...source.matchAll(/(?:code: |wrong\()'([a-z0-9-]+)'/g)].map(([, code]) => code ?? ''),
    )
    expect(codes.length).toBeGreaterThan(60)
    expect([...new Set(codes)].filter((code) => !pageOf(code))).toEqual([])
  })

  it('has a page for every error that crosses Temporal', () => {
    expect(Object.keys(retriedByTemporal).filter((name) => !pageOf(name))).toEqual([])
  })

  it('finds a page by number, name or code in any case, and suggests one for a misspelt name', () => {
    const [rule] = rules
    expect(pageOf('r001')).toBe(rule)
    expect(pageOf('no-gate')).toBe(rule)
    expect(pageOf('hostunreachable')?.id).toBe('HostUnreachable')
    expect(pageOf('bad-volume')?.id).toBe('bad-value')
    expect(pageOf('nonsense')).toBeUndefined()
    expect(nearestPage('unknown-knd')).toBe('unknown-kind')
  })

  it('has unique names, and on each page what, why and what to do', () => {
    const pages = chapters.flatMap((chapter) => chapter.pages)
    expect(new Set(pages.map(({ id }) => id)).size).toBe(pages.length)
    for (const page of pages.filter(({ id }) => !glossary.some((term) => term.id === id))) {
      expect(page.title).toMatch(/^[^\n]{10,120}[^.]$/)
      expect(page.why).toMatch(/[^\n]{10,}[.?]$/)
      expect(page.fix).toMatch(/[^\n]{10,}\.$|^[^\n]+$/)
    }
  })

  it('shows a term with its meaning', () => {
    expect(pageOf('saved-original')).toBe(pageOf('saved original'))
    const page = pageOf('digest')
    expect(page && pageLines(page)).toEqual(['digest', expect.stringMatching(/^ {2}A short hash/)])
  })

  it('shows a rule with an example', () => {
    const page = pageOf('R013')
    expect(page && pageLines(page).slice(0, 2)).toEqual([
      'R013 unscoped-prune error',
      '  A command prunes everything that is currently unused.',
    ])
    expect(page && pageLines(page).join('\n')).toContain('  instead of\n    script: docker system prune -af')
  })
})
