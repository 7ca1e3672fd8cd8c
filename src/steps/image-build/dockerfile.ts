import type { ArchiveEntry } from '../../fields/archive.ts'

/** One instruction: its first line, counted from 1, its name in upper case, and the rest on one line. */
interface Instruction {
  readonly line: number
  readonly name: string
  readonly text: string
}

/** An image that a Dockerfile starts from. */
export interface BaseImage {
  readonly image: string
  /** As `FROM --platform=` gives it. */
  readonly platform?: string
}

export interface Build {
  /** The name of the folder in the plan. */
  readonly folder: string
  readonly dockerfile: string
  readonly entries: readonly ArchiveEntry[]
  readonly target?: string | undefined
  readonly args?: Readonly<Record<string, string>>
  readonly network: 'default' | 'none'
}

/** Returns what makes a build fail or fetch a program that the plan does not name, with file and line. */
export function buildProblems(build: Build): readonly string[] {
  const { folder, dockerfile, entries, target } = build
  const text = textOf(build)
  if (text === undefined) {
    const there = entries.map(({ path }) => path).filter((path) => /dockerfile/i.test(path))
    return [
      `names ${dockerfile}, and the folder ${folder} has no such file` +
        (there.length > 0 ? `; it has ${there.slice(0, 3).join(', ')}` : ''),
    ]
  }
  const at = (line: number): string => `${folder}/${dockerfile}:${line}`
  const instructions = instructionsIn(text)
  const stages = stagesIn(instructions)
  const frontend = frontendLine(text)
  return [
    ...(frontend === undefined
      ? []
      : [
          `fetches a program for the build: ${at(frontend)} names a frontend (syntax=); remove the line, BuildKit has one of its own`,
        ]),
    ...(target === undefined || stages.includes(target.toLowerCase())
      ? []
      : [
          `has target: ${target}, and ${folder}/${dockerfile} has no such stage; its stages: ${stages.join(', ') || 'none'}`,
        ]),
    ...instructions.flatMap((one) =>
      copyProblems(one, build).map((problem) => `${problem} (${at(one.line)})`),
    ),
    ...instructions
      .filter(
        ({ name, text: rest }) => build.network === 'none' && name === 'RUN' && /(^|\s)--network=/.test(rest),
      )
      .map(({ line }) => `has network: none, and a RUN sets its own network (${at(line)})`),
  ]
}

/** Returns the images that the stages start from, with the build arguments filled in. Leaves out those that stay unknown. */
export function baseImages(build: Build): readonly BaseImage[] {
  const instructions = instructionsIn(textOf(build) ?? '')
  const fillIn = globalArguments(instructions, build.args)
  const seen: string[] = []
  return instructions.flatMap((instruction) => {
    if (instruction.name !== 'FROM') return []
    const { options, words } = wordsOf(fillIn(instruction.text))
    const [image = '', , stage] = words
    const isStage = seen.includes(image.toLowerCase())
    if (stage !== undefined) seen.push(stage.toLowerCase())
    if (isStage || image === 'scratch' || image.includes('$')) return []
    const platform = options.find((option) => option.startsWith('--platform='))?.slice('--platform='.length)
    return [{ image, ...(platform !== undefined && !platform.includes('$') && { platform }) }]
  })
}

/** Fills in the arguments that come before the first FROM: as the plan gives them, or their defaults. */
function globalArguments(
  instructions: readonly Instruction[],
  given: Build['args'] = {},
): (text: string) => string {
  const before = instructions.slice(
    0,
    instructions.findIndex(({ name }) => name === 'FROM'),
  )
  const known = new Map(
    before.flatMap(({ name, text }) => {
      const [, argument, value] = /^([A-Za-z_]\w*)(?:=["']?([^"'\s]*)["']?)?\s*$/.exec(text) ?? []
      const filled = argument === undefined ? undefined : (given[argument] ?? value)
      return name === 'ARG' && argument !== undefined && filled !== undefined ? [[argument, filled]] : []
    }),
  )
  return (text) =>
    text.replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (whole, plain?: string, braced?: string) => known.get(plain ?? braced ?? '') ?? whole,
    )
}

function textOf({ dockerfile, entries }: Build): string | undefined {
  const entry = entries.find(({ path, link }) => path === dockerfile && link === undefined)
  return entry && Buffer.from(entry.bytes).toString('utf8')
}

/** The line of `# syntax=`, in every form that BuildKit knows; only the first lines can have it. */
function frontendLine(text: string): number | undefined {
  const lines = text.replace(/^\ufeff/, '').split('\n')
  if (/^\s*\{/.test(text)) return 1
  for (const [index, line] of lines.entries()) {
    if (/^\s*(#|\/\/)\s*syntax\s*=/i.test(line)) return index + 1
    if (!/^\s*$|^\s*(#|\/\/)/.test(line)) return undefined
  }
  return undefined
}

function instructionsIn(text: string): readonly Instruction[] {
  const lines = text.split(/\r?\n/)
  const escape = /^#\s*escape\s*=\s*`/im.test(text) ? '`' : '\\'
  const found: Instruction[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    let whole = lines[index] ?? ''
    if (/^\s*(#|$)/.test(whole)) continue
    while (whole.trimEnd().endsWith(escape) && index + 1 < lines.length) {
      const next = lines[++index] ?? ''
      if (/^\s*#/.test(next)) continue
      whole = `${whole.trimEnd().slice(0, -1)} ${next}`
    }
    const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(whole) ?? []
    found.push({ line, name: name.toUpperCase(), text: rest })
    // The lines of a here-document are no instructions.
    for (const [, end] of rest.matchAll(/<<-?["']?([A-Za-z_]\w*)["']?/g))
      while (index + 1 < lines.length && lines[++index]?.trim() !== end);
  }
  return found
}

function stagesIn(instructions: readonly Instruction[]): readonly string[] {
  return instructions
    .filter(({ name }) => name === 'FROM')
    .flatMap(({ text }, index) => [wordsOf(text).words[2]?.toLowerCase() ?? String(index)])
}

/** Of a COPY or ADD: sources that the folder lacks. Those of another stage, with variables or wildcards are not checked. */
function copyProblems({ name, text }: Instruction, { folder, entries, network }: Build): readonly string[] {
  if (name !== 'COPY' && name !== 'ADD') return []
  const { options, words } = wordsOf(text)
  if (options.some((option) => option.startsWith('--from=')) || text.includes('<<')) return []
  const sources = words.slice(0, -1)
  return sources.flatMap((source) => {
    if (/^(https?:\/\/|git@|ssh:\/\/)/.test(source))
      return network === 'none' ? [`has network: none, and ADD fetches ${source}`] : []
    if (/[$*?[\\]/.test(source)) return []
    const path = source.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')
    const isThere =
      ['', '.'].includes(path) || entries.some((entry) => `${entry.path}/`.startsWith(`${path}/`))
    return isThere
      ? []
      : [`copies ${source}, which the folder ${folder} does not have, or its .dockerignore excludes`]
  })
}

function wordsOf(text: string): { readonly options: readonly string[]; readonly words: readonly string[] } {
  const all = text.trim().split(/\s+/)
  const first = all.findIndex((word) => !word.startsWith('--'))
  const [options, rest] = first < 0 ? [all, []] : [all.slice(0, first), all.slice(first)]
  if (!rest[0]?.startsWith('[')) return { options, words: rest }
  try {
    return { options, words: (JSON.parse(rest.join(' ')) as unknown[]).map(String) }
  } catch {
    return { options, words: rest }
  }
}
