import { z } from 'zod'

/** One query that reads. Placeholders of documents (`...`, `<table>`) are refused. */
export const sqlQuery = z
  .string()
  .max(60_000)
  .superRefine((text, context) => {
    const message = wrong(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'query', description: 'One SELECT, WITH, VALUES or TABLE' })

function wrong(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character'
  const bare = withoutLiterals(text).trim().replace(/;$/, '').trim()
  if (bare === '') return 'is empty'
  const open = /\.\.\.|…|<[a-z_]+>|\{\{/i.exec(bare)
  if (open) return `contains the placeholder "${open[0]}"; replace it with SQL`
  if (bare.includes(';')) return 'contains more than one statement; write one query'
  if (!/^(select|with|values|table)\b/i.test(bare.replace(/^\(+\s*/, '')))
    return 'is not a query: it must begin with SELECT, WITH, VALUES or TABLE'
  return undefined
}

/** Removes literals, quoted names and comments. */
function withoutLiterals(text: string): string {
  return text.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g,
    (literal) => (/^(--|\/\*)/.test(literal) ? ' ' : "''"),
  )
}
