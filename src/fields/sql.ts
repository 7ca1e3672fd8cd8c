import { z } from 'zod'

/** One query that only asks. What a document left open (`...`, `<table>`) is refused instead of being run. */
export const sqlQuery = z
  .string()
  .max(60_000)
  .superRefine((text, context) => {
    const message = wrong(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'query', description: 'One SELECT, WITH, VALUES or TABLE' })

function wrong(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character'
  const bare = withoutLiterals(text).trim().replace(/;$/, '').trim()
  if (bare === '') return 'is empty'
  const open = /\.\.\.|…|<[a-z_]+>|\{\{/i.exec(bare)
  if (open) return `is a placeholder, not SQL: it holds "${open[0]}"; write it out`
  if (bare.includes(';')) return 'holds more than one statement; make it one query'
  if (!/^(select|with|values|table)\b/i.test(bare.replace(/^\(+\s*/, '')))
    return 'is no query: it must begin with SELECT, WITH, VALUES or TABLE'
  return undefined
}

/** SQL without what stands in quotes or in comments. */
function withoutLiterals(text: string): string {
  return text.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g,
    (literal) => (/^(--|\/\*)/.test(literal) ? ' ' : "''"),
  )
}
