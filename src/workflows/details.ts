/** The current details of workflows, as Markdown: what someone on call reads first. Pure. */
import { downtimeInWords } from './downtime.ts'
import { clock } from './impact.ts'
import { onHost, TASK_QUEUE } from './messages.ts'
import type { PhaseRequest } from './messages.ts'
import { meaningOf } from './run-states.ts'
import { clearInWords } from './clear-in-words.ts'
import { awaitedAttempt, nextAttemptText } from './retried-steps.ts'
import type { Choice, Decision, PhaseClear, RunStatus, StepStatus } from './status.ts'
import {
  answersInOrder,
  needsApprover,
  needsDigest,
  needsReason,
  needsSignature,
  PLACEHOLDER_REASON,
} from './answers.ts'
import { approversText, quorumLines } from './quorum.ts'
import { revisionText } from './revision-text.ts'
import { signCommand } from './signed-answer.ts'
import { capitalized, cut, escaped, sentence } from './text.ts'

/**
 * What the Temporal UI shows beside the current details of a run or a rollback, from its start to after its end: it needs no
 * worker.
 */
export function staticDetails(run: string): string {
  return [
    'If "Current Details" is empty or old, no worker is up: start one with `reinstate worker`. The run has lost nothing and goes on by itself. Do not terminate or reset it.',
    `Until then the open question stands in the tab **Memo**, with its answers and its digest. \`reinstate status ${run}\` prints it with the commands.`,
    `If the title says **Terminated**, no answer works: \`reinstate status ${run}\` says what to do.`,
  ].join('\n\n')
}

/** Of a run or a rollback: the open questions with the JSON to paste, then its state, its phases, and what can be done next. */
export function runDetails(status: RunStatus): string {
  const { title, state, since, detail, phases, leftovers, visitors, decisions } = status
  const { isOpen } = meaningOf(state)
  const isTold = detail === undefined || state === 'host-unreachable'
  const about = isTold ? '' : ` ${sentence(escaped(capitalized(detail)))}`
  return [
    ...closedLines(status),
    ...outOfDateLines(status),
    ...decisions.flatMap((decision) => questionLines(status.run, decision)),
    ...unreachableLines(status),
    ...retriedLines(status),
    `**${escaped(title)}**: **${state}**${state === 'host-unreachable' ? '' : ` since ${clock(since)}`}.${about}`,
    ...(isOpen ? [] : ['', meaningOf(state).means]),
    ...(visitors === undefined || decisions.length > 0 ? [] : ['', visitors]),
    '',
    ...phases.map(
      ({ phase, title: of, state: is, workflowId, clear }, index) =>
        `${index + 1}. ${escaped(of)} — ${is === 'waiting' && !isOpen ? 'not begun' : is}${workflowId ? ` — \`${workflowId}\`` : ` (\`${phase}\`)`}${clear ? `; ${clearLine(clear)}` : ''}`,
    ),
    ...downtimeLines(status),
    ...revisionLines(status),
    ...ignoredLines(status),
    ...leftovers.map(({ what, why }) => `- left behind: ${escaped(`${what}: ${why}`)}`),
    ...nextLines(status),
    ...buttonLines(status),
  ].join('\n')
}

function clearLine(clear: PhaseClear): string {
  const page = clear.workflowId === undefined ? '' : ` — \`${clear.workflowId}\``
  return `${escaped(clearInWords(clear))}${page}`
}

/** What happened to a workflow after its end cannot stand on its own page. */
function closedLines({ run, state, since }: RunStatus): string[] {
  const { isOpen, changes } = meaningOf(state)
  if (isOpen) return []
  const later =
    changes === 'kept' ? ` Whether it was rolled back later stands only in \`reinstate status ${run}\`.` : ''
  return [`**All of this was true when it ended, at ${clock(since)}.**${later}`, '']
}

/** A workflow that was terminated cannot say so on its own page: it would begin with a question that nobody can answer any more. */
function outOfDateLines({ decisions }: RunStatus): string[] {
  return decisions.length === 0 ? [] : ['*Terminated? Then no answer works: see `reinstate status`*', '']
}

/** Temporal's own buttons say nothing of hosts. */
function buttonLines({ run, state, decisions }: RunStatus): string[] {
  if (!meaningOf(state).isOpen) return []
  const outOfDate =
    decisions.length > 0
      ? ''
      : ` **Terminated** means that this page is out of date; \`reinstate status ${run}\` says what to do.`
  return [
    '',
    `*Beside the title:${outOfDate} **Request Cancellation** ends a run and rolls back what it did, or asks an approver where the plan names some; a rollback ignores it. Do not use **Reset** or **Terminate**: they leave the hosts as they are.*`,
  ]
}

/** Of a phase: what failed, then a table of its steps. */
export function phaseDetails({ phase, ref }: PhaseRequest, steps: readonly StepStatus[]): string {
  const failed = steps.filter(({ state }) => state === 'failed')
  return [
    ...failed.flatMap(({ step, host, failure = '' }) => [
      `**Step "${step}" failed${onHost(host)}**: ${escaped(failure)}`,
      '',
    ]),
    ...(failed.length > 0
      ? [
          `What to do about it is asked and answered on the page of its run \`${ref.run}\` (Parent Workflow, above).`,
          '',
        ]
      : []),
    `**${escaped(phase.title)}**`,
    '',
    '| step | host | state | evidence |',
    '|---|---|---|---|',
    ...steps.map(
      (status) =>
        `| ${status.step}${GAP} | ${status.host}${GAP} | ${status.state}${status.attempt > 1 ? ` (attempt ${status.attempt})` : ''}${GAP} | ${cell(evidenceOf(status))} |`,
    ),
  ].join('\n')
}

function evidenceOf(status: StepStatus): string {
  const { evidence, nothingToDo, failure, waitsFor } = status
  const awaited = awaitedAttempt(status)
  const next = awaited && nextAttemptText(awaited)
  return [nothingToDo && `nothing to do: ${nothingToDo}`, next, evidence?.summary ?? failure ?? waitsFor]
    .filter(Boolean)
    .join('; ')
}

/**
 * The page of a question, in the order in which a person needs it: what happened, who is affected, what to do with the JSON
 * of each answer, what a rollback would undo, all else.
 */
function questionLines(run: string, decision: Decision): string[] {
  const { title, happened, impact, advice, undoes = [], shows } = decision
  return [
    `## Decide: ${escaped(title)}`,
    '',
    escaped(happened),
    '',
    ...quorumLines(decision).flatMap((line) => [`**${escaped(line)}**`, '']),
    ...unlockedLines(decision).map((line) => `- ${line}`),
    ...impact.map((line) => `- ${line}`),
    ...whoMayAnswer(decision).map((line) => `- ${line}`),
    '',
    `**What to do now**: ${escaped(advice.text)}`,
    '',
    ...answersInOrder(decision).flatMap(({ choice, does }) => [
      `**${choice}**${choice === advice.choice ? ' (recommended)' : ''}: ${escaped(does)}`,
      '',
      ...answerBlock(run, decision, choice),
      '',
    ]),
    howToAnswer(decision),
    '',
    ...(undoes.length > 0 ? ['**What a rollback undoes**, newest first', '', ...undoes, ''] : []),
    ...forThePage(shows),
    '',
    '---',
    '',
  ]
}

function whoMayAnswer(decision: Decision): string[] {
  const guarded = decision.choices
    .filter(({ choice }) => needsApprover(decision, choice))
    .map(({ choice }) => choice)
  if (guarded.length === 0) return ['Anyone may answer.']
  return [`**Only these may answer ${guarded.join(', ')}**: ${escaped(approversText(decision))}.`]
}

function howToAnswer(decision: Decision): string {
  const { since, timesAsked, expires, otherwise } = decision
  const again = timesAsked > 1 ? `, **asked ${timesAsked} times**` : ''
  return (
    'Paste one of these, with your name, into **More Actions → Send an Update → decide** (without a worker: Send a Signal). ' +
    `Waits since ${clock(since)}${again}${expires === undefined ? '' : whenExpired(clock(expires), otherwise)}.`
  )
}

/** Whether the run holds its locks while it waits at an unlocked gate; nothing for any other decision. */
export function unlockedLines({
  kind,
  unlockedSince,
}: Pick<Decision, 'kind' | 'unlockedSince'>): readonly string[] {
  if (unlockedSince === undefined) return []
  const [waits, then] =
    kind === 'gate'
      ? [
          'this gate waits',
          'After an approval the run takes the locks again, waits for their holders, and inspects again.',
        ]
      : [
          'the run waits',
          'Before it changes or undoes anything, the run takes the locks again and waits for their holders.',
        ]
  return [
    `No lock is held while ${waits}, since ${clock(unlockedSince)}: other runs may work on the stack. ${then}`,
  ]
}

/** What happens to an open decision at its time. `otherwise`: absent if it is only asked again. */
export function whenExpired(at: string, otherwise: string | undefined): string {
  return otherwise === undefined
    ? `; no deadline, it asks again at ${at}`
    : `, until ${at}; then: ${otherwise}`
}

/** The answer to paste; where it has to be signed, the command that prints it. */
function answerBlock(run: string, asked: Decision, choice: Choice): string[] {
  if (!needsSignature(asked, choice)) return ['```json', pasteable(asked, choice), '```']
  return ['Paste what this prints where your key is:', '', '```sh', ...signCommand(run, asked, choice), '```']
}

/** The answer to paste, one key to a line: the UI's editor moves its button away from a one-line JSON. */
export function pasteable(asked: Decision, choice: Choice): string {
  const { decision, digest } = asked
  const shown = needsDigest(asked, choice) ? { digest } : {}
  const why = needsReason(asked, choice) ? { reason: PLACEHOLDER_REASON } : {}
  return JSON.stringify({ decision, choice, by: 'YOUR NAME', ...shown, ...why }, null, 2)
}

function unreachableLines({ unreachable = [] }: RunStatus): string[] {
  return unreachable.flatMap(({ since, until, failure }) => [
    `**A host does not answer** since ${clock(since)}: ${escaped(sentence(failure))} The run retries until ${clock(until)}, then it asks what to do. There is nothing to answer now.`,
    '',
  ])
}

function retriedLines({ retried = [] }: RunStatus): string[] {
  return retried.flatMap(({ title, host, attempt, failure, nextAttempt }) => [
    `**"${escaped(title)}" on ${host} failed in attempt ${attempt}, and is attempted again**: ${nextAttemptText(nextAttempt)}. There is nothing to answer now. ${escaped(sentence(capitalized(failure)))}`,
    '',
  ])
}

/** For a run that has ended: how to undo it, in the terminal and in the Temporal UI. */
function nextLines({ run, state, undoes = [] }: RunStatus): string[] {
  const { isOpen, changes } = meaningOf(state)
  if (isOpen) return []
  if (changes !== 'kept') return []
  return [
    '',
    `To undo it, unless that is done already: \`reinstate rollback ${run}\`; or in the Temporal UI: Start Workflow, with the workflow id \`${run}/rollback\` (where that exists: \`${run}/rollback~2\`), the task queue \`${TASK_QUEUE}\`, the workflow type \`rollbackRun\` and this input:`,
    '',
    '```json',
    JSON.stringify({ run, by: 'YOUR NAME' }, null, 2),
    '```',
    '',
    ...(undoes.length > 0 ? ['**What a rollback does**, newest first', '', ...undoes] : []),
  ]
}

function downtimeLines({ downtime }: RunStatus): string[] {
  const text = downtimeInWords(downtime)
  return text === undefined ? [] : ['', sentence(capitalized(text)), '']
}

function revisionLines({ revision }: RunStatus): string[] {
  return revision ? ['', `Plan: ${escaped(revisionText(revision))}.`, ''] : []
}

function ignoredLines({ answers, ignoredMore = 0 }: RunStatus): string[] {
  const last = answers.filter(({ taken }) => !taken).slice(-5)
  return [
    ...last.map(
      ({ at, via, why = '' }) => `- An answer was ignored: a ${via} at ${clock(at)}: ${escaped(why)}`,
    ),
    ...(ignoredMore > 0 ? [`- ${ignoredMore} more answers were ignored`] : []),
  ]
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
