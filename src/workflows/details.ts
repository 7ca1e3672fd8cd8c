/** The current details of workflows, as Markdown: what someone on call reads first. Pure. */
import { downtimeInWords } from './downtime.ts'
import { onHost } from './messages.ts'
import type { PhaseRequest } from './messages.ts'
import type { Choice, Decision, RunStatus, StepStatus } from './status.ts'
import { needsDigest } from './answers.ts'
import { cut, escaped } from './text.ts'

/** Of a run or a rollback: its open decisions with the JSON to paste, then its state and its phases. */
export function runDetails(status: RunStatus): string {
  return [
    ...status.decisions.flatMap(decisionLines),
    `**${escaped(status.title)}**: ${status.state}${status.waitsFor ? `, ${escaped(status.waitsFor)}` : ''} (since ${clock(status.since)})`,
    '',
    ...status.phases.map(
      ({ phase, title, state, workflowId }, index) =>
        `${index + 1}. ${escaped(title)} — ${state}${workflowId ? ` — \`${workflowId}\`` : ` (\`${phase}\`)`}`,
    ),
    ...downtimeLines(status),
    ...ignoredLines(status),
    ...status.leftovers.map(({ what, why }) => `- left behind: ${escaped(`${what}: ${why}`)}`),
  ].join('\n')
}

/** Of a phase: a table of its steps. */
export function phaseDetails({ phase, ref }: PhaseRequest, steps: readonly StepStatus[]): string {
  const failed = steps.filter(({ state }) => state === 'failed')
  return [
    ...failed.flatMap(({ step, host, failure = '' }) => [
      `**${step}${onHost(host)} failed**: ${escaped(failure)}`,
      '',
    ]),
    ...(failed.length > 0
      ? [`The run \`${ref.run}\` asks what to do: open it (Parent Workflow, above) and answer there.`, '']
      : []),
    `**${escaped(phase.title)}**`,
    '',
    '| step | host | state | evidence |',
    '|---|---|---|---|',
    ...steps.map(
      ({ step, host, state, attempt, evidence, nothingToDo, failure, waitsFor }) =>
        `| ${step}${GAP} | ${host}${GAP} | ${state}${attempt > 1 ? ` (attempt ${attempt})` : ''}${GAP} | ${cell(
          [nothingToDo && `nothing to do: ${nothingToDo}`, evidence?.summary ?? failure ?? waitsFor]
            .filter(Boolean)
            .join('; '),
        )} |`,
    ),
  ].join('\n')
}

/** A failure is short and comes first; what a gate opens is long and comes below the answers. */
function decisionLines(decision: Decision): string[] {
  const { kind, title, since, timesAsked, expires, otherwise, choices, shows, approvers } = decision
  const again = timesAsked > 1 ? `, **asked ${timesAsked} times**` : ''
  const isGate = kind === 'gate'
  return [
    `## Decide: ${escaped(title)}`,
    '',
    `Waits since **${clock(since)}**${again}; until ${clock(expires ?? since)}, then: ${otherwise ?? 'it asks again'}.` +
      (approvers.length > 0
        ? ` Approvers: ${escaped(approvers.join(', '))}. Names are not verified; the history shows who sent an answer.`
        : ''),
    '',
    ...(isGate ? [] : [...forThePage(shows), '']),
    `To answer (${choices.map(({ choice }) => choice).join(', ')}), paste one of these, with your name, into **More Actions → Send an Update → decide** (or Send a Signal, where no worker is up):`,
    '',
    ...choices.flatMap(({ choice, does }) => [
      `**${choice}**: ${escaped(does)}`,
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
export function pasteable(asked: Decision, choice: Choice): string {
  const { decision, digest } = asked
  const shown = needsDigest(asked, choice) ? { digest } : {}
  return JSON.stringify({ decision, choice, by: 'YOUR NAME', ...shown }, null, 2)
}

function downtimeLines({ downtime }: RunStatus): string[] {
  const text = downtimeInWords(downtime)
  return text === undefined ? [] : ['', `${text[0]?.toUpperCase()}${text.slice(1)}.`, '']
}

function ignoredLines({ answers, ignoredMore = 0 }: RunStatus): string[] {
  const last = answers.filter(({ taken }) => !taken).slice(-5)
  return [
    ...last.map(({ at, via, why = '' }) => `- ignored: a ${via} at ${clock(at)}: ${escaped(why)}`),
    ...(ignoredMore > 0 ? [`- ignored: ${ignoredMore} more`] : []),
  ]
}

function clock(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

const PAGE_COLUMNS = 64
/** The Temporal UI sets cells side by side without a gap. */
const GAP = '\u00a0\u00a0'

/**
 * What a decision shows, in the Markdown that the Temporal UI renders well. It merges a list within a list, and a fence in
 * that, into one sentence: an item with lines below it becomes a paragraph, and these lines a list and fences of their own.
 * It does not wrap lines in a fence, whose right half would be invisible.
 */
function forThePage(shows: readonly string[]): string[] {
  let fence: string | undefined
  return shows.flatMap((written, index) => {
    const isBelow = written.startsWith('  ')
    const line = isBelow ? written.slice(2) : written
    if (line === fence) {
      fence = undefined
      return isBelow ? [line, ''] : [line]
    }
    // `fenced` made it longer than any run of backticks inside.
    if (fence !== undefined) return line.split('\n').flatMap(inPieces)
    if (/^`{3,}$/.test(line)) {
      fence = line
      return isBelow ? ['', line] : [line]
    }
    const hasBelow = !isBelow && line.startsWith('- ') && shows[index + 1]?.startsWith('  ')
    return hasBelow ? ['', line.replace(/^- ([^:*`]+):/, '**$1**:').replace(/^- /, ''), ''] : [line]
  })
}

/** Breaks a line at blanks where there are some. Each piece keeps the line's indentation. */
function inPieces(line: string): string[] {
  const [indent = ''] = /^ {0,20}/.exec(line) ?? []
  const width = PAGE_COLUMNS - indent.length
  const pieces = line.slice(indent.length).match(new RegExp(`.{1,${width}}(?:\\s|$)|\\S{1,${width}}`, 'gu'))
  return pieces?.map((piece) => `${indent}${piece}`) ?? ['']
}

/** The content of a table's cell. */
function cell(text: string): string {
  return escaped(cut(text, 300))
}
