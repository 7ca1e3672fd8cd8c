/** The current details of workflows, as markdown: what someone on call reads first. Pure text out of data. */
import { downtimeInWords } from './downtime.ts'
import { onHost } from './messages.ts'
import type { PhaseRequest } from './messages.ts'
import type { Choice, Decision, RunStatus, StepStatus } from './status.ts'
import { cut } from './cut.ts'

/** For a run or a rollback: what it waits for, what to paste, what each choice does; then how far it is. */
export function runDetails(status: RunStatus): string {
  return [
    ...status.decisions.flatMap(decisionLines),
    `**${status.title}**: ${status.state}${status.waitsFor ? `, ${status.waitsFor}` : ''} (since ${clock(status.since)})`,
    '',
    ...status.phases.map(
      ({ phase, title, state, workflowId }, index) =>
        `${index + 1}. ${title} — ${state}${workflowId ? ` — \`${workflowId}\`` : ` (\`${phase}\`)`}`,
    ),
    ...downtimeLines(status),
    ...ignoredLines(status),
    ...status.leftovers.map(({ what, why }) => `- left behind: ${what}: ${why}`),
  ].join('\n')
}

/** For a phase: a table of its steps. */
export function phaseDetails({ phase, ref }: PhaseRequest, steps: readonly StepStatus[]): string {
  const failed = steps.filter(({ state }) => state === 'failed')
  return [
    ...failed.flatMap(({ step, host, failure }) => [`**${step}${onHost(host)} failed**: ${failure}`, '']),
    ...(failed.length > 0
      ? [`The run \`${ref.run}\` asks what to do: open it (Parent Workflow, above) and answer there.`, '']
      : []),
    `**${phase.title}**`,
    '',
    '| step | host | state | evidence |',
    '|---|---|---|---|',
    ...steps.map(
      ({ step, host, state, attempt, evidence, nothingToDo, failure, waitsFor }) =>
        `| ${step}${GAP} | ${host}${GAP} | ${state}${attempt > 1 ? ` (try ${attempt})` : ''}${GAP} | ${cell(
          [nothingToDo && `nothing to do: ${nothingToDo}`, evidence?.summary ?? failure ?? waitsFor]
            .filter(Boolean)
            .join('; '),
        )} |`,
    ),
  ].join('\n')
}

/** A failure is short and is what one has to know first; what a gate opens is long and comes below its answers. */
function decisionLines(decision: Decision): string[] {
  const { kind, title, since, timesAsked, expires, otherwise, choices, shows, approvers } = decision
  const again = timesAsked > 1 ? `, **asked ${timesAsked} times**` : ''
  const isGate = kind === 'gate'
  return [
    `## Decide: ${title}`,
    '',
    `Waits since **${clock(since)}**${again}; until ${clock(expires ?? since)}, then: ${otherwise ?? 'it asks again'}.` +
      (approvers.length > 0 ? ` May decide: ${approvers.join(', ')}.` : ''),
    '',
    ...(isGate ? [] : [...forThePage(shows), '']),
    `To answer (${choices.map(({ choice }) => choice).join(', ')}), paste one of these, with your name, into **More Actions → Send an Update → decide** (or Send a Signal, where no worker is up):`,
    '',
    ...choices.flatMap(({ choice, does }) => [
      `**${choice}**: ${does}`,
      '',
      '```json',
      pasteable(decision, choice),
      '```',
      '',
    ]),
    ...(isGate ? [...forThePage(shows), ''] : []),
  ]
}

/** The answer to paste, one key to a line: the UI's editor moves its button away from a one-line JSON. */
export function pasteable({ decision, digest }: Decision, choice: Choice): string {
  // What is turned down need not have been seen in full.
  const seen = choice === 'approve' && digest !== undefined ? { digest } : {}
  return JSON.stringify({ decision, choice, by: 'YOUR NAME', ...seen }, null, 2)
}

function downtimeLines({ downtime }: RunStatus): string[] {
  const said = downtimeInWords(downtime)
  return said === undefined ? [] : ['', `${said[0]?.toUpperCase()}${said.slice(1)}.`, '']
}

function ignoredLines({ answers }: RunStatus): string[] {
  return answers
    .filter(({ taken }) => !taken)
    .slice(-5)
    .map(({ at, via, why }) => `- ignored: a ${via} at ${clock(at)}: ${why}`)
}

function clock(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

const PAGE_COLUMNS = 64
const GAP = '\u00a0\u00a0'

/**
 * What a decision shows, as the UI can show it. It runs a list within a list, and a fence in it, together into one sentence: an
 * item with more below it becomes a paragraph, and what is below it a list and fences of their own. What stands in fences it
 * does not wrap, and their right half would not be seen.
 */
function forThePage(shows: readonly string[]): string[] {
  let isFenced = false
  return shows.flatMap((written, index) => {
    const isBelow = written.startsWith('  ')
    const line = isBelow ? written.slice(2) : written
    if (line === '```') {
      isFenced = !isFenced
      return !isBelow ? [line] : isFenced ? ['', line] : [line, '']
    }
    // What was printed may hold a fence itself, and must not end this one.
    if (isFenced) return line.replaceAll('```', "'''").split('\n').flatMap(inPieces)
    const hasBelow = !isBelow && line.startsWith('- ') && shows[index + 1]?.startsWith('  ')
    return hasBelow ? ['', line.replace(/^- ([^:*`]+):/, '**$1**:').replace(/^- /, ''), ''] : [line]
  })
}

/** At a blank where there is one. Each begins as far in as the line. */
function inPieces(line: string): string[] {
  const [indent = ''] = /^ {0,20}/.exec(line) ?? []
  const width = PAGE_COLUMNS - indent.length
  const pieces = line.slice(indent.length).match(new RegExp(`.{1,${width}}(?:\\s|$)|\\S{1,${width}}`, 'gu'))
  return pieces?.map((piece) => `${indent}${piece}`) ?? ['']
}

/** A table's cell: no line breaks, no bars. The UI sets cells side by side without a gap. */
function cell(text: string): string {
  return cut(text, 300).replaceAll('\n', ' ').replaceAll('|', '\\|')
}
