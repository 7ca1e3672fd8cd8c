import { printable } from '../terminal.ts'
import { strengthOrState } from './report.ts'
import type { Report, ReportedPhase, ReportedStep, SourceRow } from './report.ts'

/** A report as Markdown. `picture`: the file name of its timeline, if there is one. */
export function markdownReport(report: Report, picture?: string): string {
  const sections = [
    [`# ${text(report.title)}: ${report.state}`],
    [text(report.happened)],
    table(
      ['', ''],
      report.facts.map(([name, value]) => [name, text(value)]),
    ),
    ...waiting(report),
    ...(picture === undefined ? [] : [['## Timeline', '', `![Timeline](${encodeURI(picture)})`]]),
    ...section('The rows of the source', sourceTable(report.sources)),
    ...section('The criteria of the gates', criteriaTable(report.criteria)),
    ['## Evidence', ...report.phases.flatMap(phaseLines)],
    ...section(
      'What was not proven',
      report.unproven.map(({ what, why }) => `- **${text(what)}**: ${text(why)}`),
    ),
    ...section('Decisions', decisionTable(report)),
    ...section(
      'Left behind',
      report.leftovers.map(({ what, why }) => `- **${text(what)}**: ${text(why)}`),
    ),
    ...section('Next', block(report.next)),
    ...section('Log', block(report.log)),
    [`Made by reinstate on ${report.madeAt} from the run's history.`],
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** Nothing where there are no lines. */
function section(title: string, lines: readonly string[]): string[][] {
  return lines.length === 0 || (lines.length === 2 && lines[0]?.startsWith('```'))
    ? []
    : [[`## ${title}`, '', ...lines]]
}

function waiting({ waits }: Report): string[][] {
  return waits.map(({ title, since, says, does, commands }) => [
    `## Waits for a decision: ${text(title)}`,
    '',
    `Since ${since}.`,
    '',
    ...(says.length > 0 ? [...block(says), ''] : []),
    ...does.map((line) => `- ${text(line)}`),
    '',
    ...block(commands),
  ])
}

function sourceTable(rows: readonly SourceRow[]): string[] {
  if (rows.length === 0) return []
  return table(
    ['source', 'state', 'steps and evidence', 'role', 'success criterion'],
    rows.map(({ source, state, steps, roles, criteria }) => [
      `**${text(source)}**`,
      state,
      steps.map((step) => `${code(step.step)} ${stateOf(step)}: ${text(step.said)}`).join('<br>'),
      text(roles.join(', ')),
      criteria.map(text).join('<br>'),
    ]),
  )
}

function criteriaTable(criteria: Report['criteria']): string[] {
  if (criteria.length === 0) return []
  return table(
    ['gate', 'criterion', 'state', 'steps and evidence'],
    criteria.map(({ gate, says, strength, by }) => [
      text(gate),
      `**${text(says)}**`,
      strength,
      by.map((step) => `${code(step.step)} ${step.strength}: ${text(step.summary)}`).join('<br>'),
    ]),
  )
}

function phaseLines({ title, phase, state, took, steps }: ReportedPhase): string[] {
  return [
    '',
    `### ${text(title)} (${code(phase)}): ${state}${took === undefined ? '' : `, ${took}`}`,
    '',
    ...table(
      ['step', 'host', 'state', 'took', 'evidence'],
      steps.map((step) => [code(step.step), text(step.host), stateOf(step), step.took ?? '', said(step)]),
    ),
  ]
}

function decisionTable({ decisions }: Report): string[] {
  if (decisions.length === 0) return []
  return table(
    ['when', 'question', 'answer', 'by', 'via', 'waited'],
    decisions.map(({ at, question, answer, by, via, waited, reason, ignored }) => [
      at,
      text(question),
      `${text(answer)}${reason === undefined ? '' : ` (${text(reason)})`}${ignored === undefined ? '' : `, **ignored**: ${text(ignored)}`}`,
      text(by),
      via,
      waited ?? '',
    ]),
  )
}

function stateOf({ state, strength, attempts }: ReportedStep): string {
  const again = attempts > 1 ? `, attempt ${attempts}` : ''
  return `${strengthOrState({ state, strength })}${again}`
}

function said({ said: seen, nothingToDo }: ReportedStep): string {
  return text(nothingToDo === undefined ? seen : `${seen} (nothing to do: ${nothingToDo})`)
}

/** Escapes text for any place in Markdown, tables included: it is shown literally, on one line. */
export function text(value: string): string {
  return (
    printable(value)
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replace(/[\\`*[\]#|~>]/g, '\\$&')
      // Inside a word, an underscore has no meaning.
      .replace(/(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])/g, '\\_')
  )
}

/** A short code, whatever it holds; in a table too. One line. */
export function code(value: string): string {
  const line = printable(value).replace(/\s*\n\s*/g, ' ')
  const fence = fenceFor(line, 1)
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : ''
  return `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`
}

/** Lines as they are, in a block of their own. */
export function block(lines: readonly string[]): string[] {
  const body = lines.map(printable)
  const fence = fenceFor(body.join('\n'), 3)
  return [fence, ...body, fence]
}

/** A table; its cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** Longer than any run of backticks inside. */
function fenceFor(content: string, atLeast: number): string {
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(Math.max(atLeast, longest + 1))
}
