import type { Database } from './database.ts'

const escape = (text: unknown) =>
  String(text).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign,
  )

/** One page of key figures, which reloads itself. @throws Absent before the week of the key figures */
export async function renderDashboard(database: Database, release: string): Promise<string> {
  const [departments, alerts, reports] = await Promise.all([
    database.query('select department, agents, actions, attributed from kpi.department order by 1'),
    database.query('select what, text from kpi.alert order by 1'),
    database.query(
      "select kind, starts_on::text, body ->> 'revenue' as revenue, body ->> 'actions' as actions from kpi.trend order by starts_on desc, kind limit 12",
    ),
  ])
  const table = (title: string, rows: readonly object[]) =>
    `<h2>${title}</h2>${
      rows.length === 0
        ? '<p>none</p>'
        : `<table><tr>${Object.keys(rows[0] ?? {})
            .map((name) => `<th scope="col">${escape(name.replace('_', ' '))}</th>`)
            .join('')}</tr>${rows
            .map(
              (row) =>
                `<tr>${Object.values(row)
                  .map((value) => `<td>${escape(value)}</td>`)
                  .join('')}</tr>`,
            )
            .join('')}</table>`
    }`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="30">
<title>Agents</title><h1>Agents</h1><p>Release ${escape(release)}</p>
${table('Alerts', alerts)}${table('Departments', departments)}${table('Reports', reports)}</html>`
}
