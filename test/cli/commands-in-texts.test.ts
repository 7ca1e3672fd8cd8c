import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { wholeProgram } from '../../src/cli/main.ts'
import { packageFolder } from '../../src/config.ts'

const program = await wholeProgram()

/** Every text of a source file, with `VALUE` for what a template fills in. Comments are none. */
function textsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text)
    else if (ts.isTemplateExpression(node))
      texts.push(node.head.text + node.templateSpans.map(({ literal }) => `VALUE${literal.text}`).join(''))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return texts
}

/** `reinstate …` as it stands in a text, up to what ends it. */
function typedIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w./@-])reinstate (?!at |on )([a-z-]+[^\n;`()|,]*)/g)].map(
    ([, words = '']) => words,
  )
}

/** What is wrong with the words behind `reinstate`; what follows the arguments as prose is passed over. */
function wrongWith(typed: string): string | undefined {
  const [name = '', ...words] = typed.replace(/[.:]\s.*$/s, '').split(/\s+/)
  if (name.startsWith('-')) return undefined
  const command = program.commands.find((one) => one.name() === name.replace(/[.:]$/, ''))
  if (!command) return `there is no command ${name}`
  const unknown = words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.replace(/[=.:"'].*$/, ''))
    .find((word) => word !== '--help' && !command.options.some(({ long }) => long === word))
  if (unknown !== undefined) return `reinstate ${name} has no option ${unknown}`
  const prose = words.findIndex((word) => !/^(-.*|[A-Z][A-Z_/-]*[.:]?|VALUE\S*)$/.test(word))
  const given = (prose === -1 ? words : words.slice(0, prose)).filter((word) => !word.startsWith('-')).length
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Infinity
    : command.registeredArguments.length + command.options.filter(({ required }) => required).length
  return given > most ? `reinstate ${name} takes no ${given} arguments` : undefined
}

const folder = packageFolder('src')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)
const typed = files.flatMap((file) =>
  textsOf(join(folder, file)).flatMap((text) => typedIn(text).map((words) => ({ file, words }))),
)

/** What stands as code in the documents: between backticks, or on a line of its own. */
const documents = [
  'README.md',
  'docs/backup.md',
  'docs/notifications.md',
  'docs/tutorial.md',
  'docs/plans.md',
  'docs/kinds.md',
  'docs/rules.md',
  'docs/faults.md',
]
const documented = documents.flatMap((file) => {
  const text = readFileSync(packageFolder(file), 'utf8')
  const code = [...text.matchAll(/`(reinstate [^`\n]+)`|^\s*(?:\$ )?(?:bin\/)?(reinstate .+)$/gm)]
  return code.flatMap(([, span, line]) => typedIn(span ?? line ?? '').map((words) => ({ file, words })))
})

describe('a command that a text tells people to type', () => {
  it('is found in the sources', () => {
    expect(typed.length).toBeGreaterThan(60)
    expect(typed.map(({ words }) => words)).toContain('trust VALUE')
  })

  it.each([
    ['frobnicate RUN', 'there is no command frobnicate'],
    ['show RUN --nope', 'reinstate show has no option --nope'],
    ['trust HOST OTHER', 'reinstate trust takes no 2 arguments'],
    ['kinds KIND lists the outputs.', undefined],
    ['rollback RUN --from-host HOST', undefined],
  ])('%s › %s', (words, why) => expect(wrongWith(words)).toBe(why))

  it('exists and has those options and arguments', () => {
    const wrong = [...typed, ...documented].flatMap(({ file, words }) => {
      const why = wrongWith(words)
      return why === undefined ? [] : [`${file}: reinstate ${words}: ${why}`]
    })
    expect(wrong).toEqual([])
  })
})
