/** Reproducible random numbers. */
export interface Random {
  /** From 0 up to, and not including, this. */
  below(end: number): number
  pick<Item>(items: readonly Item[]): Item
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (end: number): number => Math.floor(next() * end)
  // The list is not empty, so the index is valid.
  return { below, pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item }
}

const WORDS = [
  ...[
    '${{ inputs.x }}',
    '${{ each }}',
    '${{ run.id }}',
    '${{ steps.a.outputs.b }}',
    '${{ secrets.X }}',
    '${{',
    '}}',
  ],
  ...[
    'needs: []',
    'needs: [a]',
    'gate: { approvers: anyone }',
    'gate: null',
    'each: [a, b]',
    'each: ["", "!"]',
    'allow: []',
    'inputs: {}',
  ],
  ...[
    'allow: [{ rule: R001, because: it is only an example }]',
    'kind: command',
    'kind: move',
    'kind: constructor',
  ],
  ...[
    'null',
    '~',
    'true',
    '0',
    '-1',
    '1e999',
    '0x1f',
    '0o17',
    '1.10',
    '9007199254740993',
    '.nan',
    '2026-11-21',
    '""',
    "''",
  ],
  ...[
    '&a',
    '*a',
    '<<: *a',
    '!!set',
    '!x',
    '%YAML 1.1',
    '---',
    '...',
    '? a',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>-',
    '#',
  ],
  ...[
    '"',
    "'",
    '\t',
    '\n',
    '\r\n',
    '\0',
    '\u202e',
    '\ufeff',
    '\\',
    '`',
    '$',
    '$(',
    '${A}',
    '*',
    '..',
    '/',
    '//',
    '-',
    '--',
  ],
  ...[
    '__proto__: {}',
    'constructor: x',
    'toString: 1',
    'hasOwnProperty',
    'length: 3',
    'valueOf',
    '"a\\nb": c',
  ],
  ...[
    'docker stop $(docker ps -aq)',
    'rm -rf $X/*',
    "psql -c 'create table x (...)'",
    'returning count(*)',
    '<<END\n',
    '"$(`',
  ],
  ...[
    'create index i on t (a) where now() > b',
    "select '",
    '/* ',
    '-- ',
    'image: mongo',
    'services: {a: null}',
    'ports: [5432:5432]',
  ],
]

type Change = (text: string, random: Random, others: readonly string[]) => string

const changes: readonly Change[] = [
  (text, { below }) => cut(text, below(text.length), below(40), ''),
  (text, { below, pick }) => cut(text, below(text.length), 0, pick(WORDS)),
  (text, { below, pick }) => cut(text, below(text.length), below(12), pick(WORDS)),
  (text, { below }) =>
    cut(text, below(text.length), 1, String.fromCharCode(below(below(2) === 0 ? 128 : 65_536))),
  (text, { below }) => text.slice(0, below(text.length)),
  (text, random) => inLines(text, random, (lines, at) => lines.splice(at, 1 + random.below(5))),
  (text, random) =>
    inLines(text, random, (lines, at) => lines.splice(at, 0, ...lines.slice(at, at + 1 + random.below(8)))),
  (text, random) =>
    inLines(text, random, (lines, at) =>
      lines.splice(at, 1, `${' '.repeat(random.below(6))}${lines[at] ?? ''}`),
    ),
  (text, random) =>
    inLines(text, random, (lines, at) => lines.splice(at, 1, (lines[at] ?? '').replace(/^ {2}/, ''))),
  (text, random) =>
    inLines(text, random, (lines, at) =>
      lines.splice(at, 1, (lines[at] ?? '').replace(/:.*$/, `: ${random.pick(WORDS)}`)),
    ),
  (text, random) =>
    inLines(text, random, (lines, at) =>
      lines.splice(at, 1, (lines[at] ?? '').replace(/[\w-]+:/, `${random.pick(WORDS)}:`)),
    ),
  (text, random) => inLines(text, random, (lines, at) => lines.push(...lines.splice(at, 3))),
  (text, random, others) => {
    const other = random.pick(others).split('\n')
    return inLines(text, random, (lines, at) =>
      lines.splice(at, 0, ...other.slice(random.below(other.length)).slice(0, 12)),
    )
  },
]

/** Returns a text with one to six changes. */
export function mutated(text: string, random: Random, others: readonly string[]): string {
  const times = 1 + random.below(6)
  let result = text
  for (let time = 0; time < times; time += 1) result = random.pick(changes)(result, random, others)
  return result
}

/** Returns random YAML: maps and lists of the words of plans. */
export function randomYaml(random: Random, depth = 0): string {
  const keys =
    'plan title hosts inputs phases phase steps step kind needs each gate script undo verify from path volume'.split(
      ' ',
    )
  const indent = '  '.repeat(depth)
  const size = random.below(depth > 6 ? 1 : 5)
  if (size === 0) return ` ${random.pick(WORDS)}\n`
  const isList = random.below(3) === 0
  const items = Array.from({ length: size }, () => {
    const value = random.below(2) === 0 ? ` ${random.pick(WORDS)}\n` : `\n${randomYaml(random, depth + 1)}`
    return isList ? `${indent}-${value}` : `${indent}${random.pick(keys)}:${value}`
  })
  return items.join('')
}

function cut(text: string, at: number, length: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + length)
}

function inLines(text: string, { below }: Random, change: (lines: string[], at: number) => void): string {
  const lines = text.split('\n')
  change(lines, below(lines.length))
  return lines.join('\n')
}
