import { element as el, escaped } from './markup.ts'
import { strengthOrState } from './report.ts'
import type { Report, ReportedPhase, ReportedStep, SourceRow } from './report.ts'
import { REPORT_STYLE } from './report-style.ts'
import { timelinePicture } from './timeline-picture.ts'

/** A report as one HTML file: nothing is loaded, nothing runs; light and dark, and made for printing. */
export function htmlReport(report: Report): string {
  const body = [
    head(report),
    ...waiting(report),
    report.timeline.rows.length === 0
      ? ''
      : section('Timeline', el('figure', {}, timelinePicture(report.timeline))),
    report.sources.length === 0 ? '' : section('The rows of the source', sourceTable(report.sources)),
    report.criteria.length === 0 ? '' : section('The criteria of the gates', criteriaTable(report.criteria)),
    section('Evidence', report.phases.map(phaseTable).join('')),
    list('What was not proven', report.unproven),
    report.decisions.length === 0 ? '' : section('Decisions', decisionTable(report)),
    list('Left behind', report.leftovers),
    section('Next', el('pre', {}, escaped(report.next.join('\n')))),
    report.log.length === 0 ? '' : logSection(report.log),
    el('footer', {}, escaped(`Made by reinstate on ${report.madeAt} from the run's history.`)),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(`${report.run}: ${report.state}`)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body><main>
${body.filter(Boolean).join('\n')}
</main></body>
</html>
`
}

function head({ title, state, mood, facts, happened }: Report): string {
  const pairs = facts.map(([name, value]) =>
    el('div', {}, el('dt', {}, escaped(name)) + el('dd', {}, escaped(value))),
  )
  return el(
    'header',
    {},
    [
      el('h1', {}, `${escaped(title)} ${el('span', { class: `badge mood-${mood}` }, escaped(state))}`),
      el('p', { class: 'happened' }, escaped(happened)),
      el('dl', {}, pairs.join('')),
    ].join('\n'),
  )
}

function section(title: string, content: string): string {
  return el('section', {}, `${el('h2', {}, escaped(title))}\n${content}`)
}

function waiting({ waits }: Report): string[] {
  return waits.map(({ title, since, says, does, commands }) =>
    el(
      'section',
      { class: 'waiting' },
      el('h2', {}, escaped(`Waits for a decision: ${title}`)) +
        el('p', {}, escaped(`Since ${since}.`)) +
        (says.length > 0 ? el('pre', {}, escaped(says.join('\n'))) : '') +
        el('ul', {}, does.map((line) => el('li', {}, escaped(line))).join('')) +
        el('pre', {}, escaped(commands.join('\n'))),
    ),
  )
}

function sourceTable(rows: readonly SourceRow[]): string {
  return tableOf(
    ['Source', 'Steps and evidence', 'Role', 'Success criterion'],
    rows.map((row) =>
      el(
        'tr',
        {},
        [
          el('td', { class: 'source' }, `${el('b', {}, escaped(row.source))}${stateBadge(row.state)}`),
          el('td', {}, row.steps.map((step) => el('div', { class: 'step' }, stepMarkup(step))).join('')),
          el('td', {}, escaped(row.roles.join(', '))),
          el('td', {}, row.criteria.map((criterion) => el('div', {}, escaped(criterion))).join('')),
        ].join(''),
      ),
    ),
    'sources',
  )
}

function criteriaTable(criteria: Report['criteria']): string {
  const stepsOf = ({ by }: Report['criteria'][number]) =>
    by.map(({ step, strength, summary }) => {
      const said = el('span', { class: 'said' }, escaped(summary))
      return el('div', { class: 'step' }, `${el('code', {}, escaped(step))} ${stateBadge(strength)} ${said}`)
    })
  const rows = criteria.map((one) =>
    el(
      'tr',
      {},
      el('td', { class: 'source' }, `${el('b', {}, escaped(one.says))}${stateBadge(one.strength)}`) +
        el('td', {}, stepsOf(one).join('')) +
        el('td', {}, escaped(one.gate)),
    ),
  )
  return tableOf(['Criterion', 'Steps and evidence', 'Gate'], rows, 'sources')
}

function stepMarkup(step: ReportedStep): string {
  return `${el('code', {}, escaped(step.step))} ${badgeOf(step)} ${el('span', { class: 'said' }, escaped(step.said))}`
}

function phaseTable({ title, phase, state, took, steps }: ReportedPhase): string {
  const caption = el(
    'h3',
    {},
    `${escaped(title)} ${el('small', {}, escaped(`${phase}: ${state}${took === undefined ? '' : `, ${took}`}`))}`,
  )
  const rows = steps.map((step) =>
    el(
      'tr',
      {},
      [
        el('td', {}, el('code', {}, escaped(step.step))),
        el('td', {}, badgeOf(step)),
        el('td', { class: 'said' }, escaped(said(step))),
        el('td', {}, escaped(step.host)),
        el('td', { class: 'took' }, escaped(step.took ?? '')),
      ].join(''),
    ),
  )
  return caption + tableOf(['Step', 'State', 'Evidence', 'Host', 'Took'], rows, 'steps')
}

function decisionTable({ decisions }: Report): string {
  const rows = decisions.map(({ at, question, answer, by, via, waited, reason, ignored }) =>
    el(
      'tr',
      {},
      [
        el('td', { class: 'when' }, escaped(at)),
        el('td', {}, escaped(question)),
        el(
          'td',
          {},
          el('b', {}, escaped(answer)) +
            (reason === undefined ? '' : el('div', { class: 'said' }, escaped(reason))) +
            (ignored === undefined ? '' : el('div', { class: 'ignored' }, escaped(`ignored: ${ignored}`))),
        ),
        el('td', {}, escaped(`${by}, by ${via}`)),
        el('td', { class: 'took' }, escaped(waited ?? '')),
      ].join(''),
    ),
  )
  return tableOf(['When', 'Question', 'Answer', 'Who', 'Waited'], rows, 'decisions')
}

function list(title: string, entries: readonly { readonly what: string; readonly why: string }[]): string {
  if (entries.length === 0) return ''
  const items = entries.map(({ what, why }) => el('li', {}, `${el('b', {}, escaped(what))}: ${escaped(why)}`))
  return section(title, el('ul', {}, items.join('\n')))
}

function logSection(log: readonly string[]): string {
  const summary = el('summary', {}, escaped(`Log, ${log.length} lines`))
  return el('section', { class: 'log' }, el('details', {}, summary + el('pre', {}, escaped(log.join('\n')))))
}

function tableOf(head: readonly string[], rows: readonly string[], name: string): string {
  const cells = head.map((title) => el('th', {}, escaped(title))).join('')
  return el('table', { class: name }, `<thead><tr>${cells}</tr></thead>\n<tbody>${rows.join('\n')}</tbody>`)
}

function badgeOf({ state, strength, attempts }: ReportedStep): string {
  const word = strengthOrState({ state, strength })
  return stateBadge(word) + (attempts > 1 ? el('small', {}, escaped(` attempt ${attempts}`)) : '')
}

function stateBadge(word: string): string {
  return el('span', { class: `badge is-${(word.split(',')[0] ?? word).replaceAll(' ', '-')}` }, escaped(word))
}

function said({ said: seen, nothingToDo }: ReportedStep): string {
  return nothingToDo === undefined ? seen : `${seen} (nothing to do: ${nothingToDo})`
}
