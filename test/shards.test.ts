import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { pickShards } from './pick-shards.ts'
import { quickTests } from './quick.ts'
import { holds, isAmong, onlyInShards, shardOf, shards } from './shards.ts'

const repository = join(import.meta.dirname, '..')
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file}`)
const names = (words: readonly string[], now = new Date()) =>
  pickShards(words, now).shards.map(({ name }) => name)

describe('the quick half', () => {
  it.each(quickTests.filter((file) => !file.includes('*')))('names nothing that is not there: %s', (file) => {
    expect(files).toContain(file)
  })
})

describe('the shards of npm run test:all', () => {
  it('hold every test file, each in one of them', () => {
    expect(files.length).toBeGreaterThan(80)
    const homes = files.map((file) => [file, shards.filter((shard) => holds(shard, file)).length])
    expect(homes.filter(([, count]) => count !== 1)).toEqual([])
  })

  it.each(
    shards.flatMap(({ name, files, except = [] }) =>
      [...files, ...except].map((place) => [name, place] as const),
    ),
  )('%s names nothing that is not there: %s', (_, place) =>
    expect(files.some((file) => isAmong(file, [place]))).toBe(true),
  )

  it('name nothing twice', () => {
    for (const places of [onlyInShards, ...shards.map(({ files }) => files)])
      expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([])
  })

  it.each(onlyInShards)('are alone with nothing that is not there: %s', (place) => {
    expect(files.some((file) => isAmong(file, [place]))).toBe(true)
  })

  it('take less than thirty minutes each, and have names of their own', () => {
    for (const { name, minutes } of shards) {
      expect(minutes, name).toBeLessThan(30)
      expect(name).toMatch(/^[a-z-]+$/)
    }
    expect(new Set(shards.map(({ name }) => name)).size).toBe(shards.length)
  })

  it('come each in its turn, one a UTC day', () => {
    const days = shards.map((_, day) => shardOf(new Date(Date.UTC(2026, 10, 1 + day, 23, 59))))
    expect(new Set(days).size).toBe(shards.length)
    expect(shardOf(new Date('2026-11-29T00:00:00Z'))).toBe(shardOf(new Date('2026-11-29T23:59:59Z')))
  })
})

/** The `describe` blocks of a test file in which every test is of the whole depth alone: `npm test` fails on a suite without a test. */
function suitesOfNothing(text: string): string[] {
  const found: string[] = []
  const named = (node: ts.Node) =>
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? node.expression.text : ''
  // What a call of another name makes tests of is not known, and is taken for one.
  const visit = (node: ts.Node): 'tests' | 'in depth alone' | 'nothing' => {
    const name = named(node)
    if (name === 'itInDepth' || name === 'describeInDepth') return 'in depth alone'
    if (name === 'it') return 'tests'
    const below: string[] = []
    ts.forEachChild(node, (child) => void below.push(visit(child)))
    const all = below.includes('tests')
      ? 'tests'
      : below.includes('in depth alone')
        ? 'in depth alone'
        : 'nothing'
    if (name === 'describe' && ts.isCallExpression(node) && all === 'in depth alone')
      found.push(node.arguments[0]?.getText() ?? '')
    return all
  }
  visit(ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true))
  return found
}

describe('what npm test leaves out', () => {
  it('leaves no suite without a test', () => {
    expect(suitesOfNothing("describe('a', () => { itInDepth('b', () => {}) })")).toEqual(["'a'"])
    const inNpmTest = files.filter((file) => !isAmong(file, onlyInShards))
    const empty = inNpmTest.flatMap((file) =>
      suitesOfNothing(readFileSync(join(repository, file), 'utf8')).map((suite) => `${file}: ${suite}`),
    )
    expect(empty).toEqual([])
  })
})

describe('the documentation', () => {
  /** The id that GitHub gives a heading. */
  const idOf = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
  const textOf = (file: string) => readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '')
  const idsOf = (file: string) =>
    [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => idOf(heading))
  const written = ['', 'docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  )

  it.each(written)('links to nothing that is not there: %s', (file) => {
    const links = [...textOf(join(repository, file)).matchAll(/\]\((?![a-z]+:)([^)\s]*)\)/g)].map(
      ([, link = '']) => link,
    )
    const missing = links.filter((link) => {
      const [path = '', id] = decodeURI(link).split('#')
      const place = path === '' ? join(repository, file) : join(repository, file, '..', path)
      return !existsSync(place) || (id !== undefined && place.endsWith('.md') && !idsOf(place).includes(id))
    })
    expect(missing).toEqual([])
  })
})

describe('npm run test:all', () => {
  const all = shards.map(({ name }) => name)

  it('runs all shards without arguments, and one by its name', () => {
    expect(names([])).toEqual(all)
    expect(names(['--shard', 'host'])).toEqual(['host'])
  })

  it('runs the K-th of N shares, which make up everything together', () => {
    expect(names(['--shard', `2/${all.length}`])).toEqual(all.slice(1, 2))
    const shares = [1, 2, 3].flatMap((part) => names(['--shard', `${part}/3`]))
    expect(shares.toSorted()).toEqual(all.toSorted())
  })

  it('runs the shard of the day with --rotate, and says which', () => {
    const now = new Date('2026-11-29T12:00:00Z')
    expect(names(['--rotate'], now)).toEqual([shardOf(now).name])
    expect(pickShards(['--rotate'], now).why).toBe(`shard ${shardOf(now).name}, the one of 2026-11-29`)
  })

  it('lists each shard with its minutes and what it covers', () => {
    const lines = (pickShards(['--list'], new Date()).list ?? '').split('\n')
    expect(lines).toHaveLength(shards.length)
    shards.forEach(({ name, minutes, covers }, index) => {
      expect(lines[index]).toMatch(new RegExp(` ${name} +about +${minutes} min `))
      expect(lines[index]).toContain(covers)
    })
  })

  it.each([
    [['--shard', 'no-such'], /there is no shard "no-such"; shards: logic, /],
    [['--shard', '0/3'], /K from 1 to N/],
    [['--shard', '4/3'], /K from 1 to N/],
    [['--rotate', '--shard', 'host'], /only one of --list, --shard and --rotate\nusage: /],
    [['--what'], /--what[^]*usage: npm run test:all/],
    [['host'], /host[^]*usage: npm run test:all/],
  ])('refuses %j and says what to type', (words, said) => {
    expect(() => pickShards(words, new Date())).toThrow(said)
  })
})

describe.each(['README.md', 'docs/promises.md'])('the promises in %s', (document) => {
  it('have a test each that npm test runs', () => {
    const text = readFileSync(join(repository, document), 'utf8')
    const rows = text.split('\n').filter((line) => /^\| .*\]\((\.\.\/)?test\/.*\) *.*\|$/.test(line))
    expect(rows.length).toBeGreaterThanOrEqual(document === 'README.md' ? 8 : 20)
    const inNpmTest = (row: string) =>
      [...row.matchAll(/\]\((?:\.\.\/)?(test\/[^)]+)\)/g)].some(
        ([, file = '']) => !isAmong(file, onlyInShards),
      )
    expect(rows.filter((row) => !inNpmTest(row))).toEqual([])
  })
})
