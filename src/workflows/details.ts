/** The current details of workflows, as markdown: what someone on call reads first. Pure text out of data. */
import type { Decision, PhaseRequest, RunStatus, StepStatus } from './messages.ts'

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
    ...ignoredLines(status),
    ...status.leftovers.map(({ what, why }) => `- left behind: ${what}: ${why}`),
  ].join('\n')
}

/** For a phase: a table of its steps. */
export function phaseDetails({ phase, ref }: PhaseRequest, steps: readonly StepStatus[]): string {
  const failed = steps.filter(({ state }) => state === 'failed')
  return [
    ...failed.flatMap(({ step, host, failure }) => [`**${step} on ${host} failed**: ${failure}`, '']),
    ...(failed.length > 0 ? [`The run \`${ref.run}\` asks what to do: open it and answer there.`, ''] : []),
    `**${phase.title}**`,
    '',
    '| step | host | state | evidence |',
    '|---|---|---|---|',
    ...steps.map(
      ({ step, host, state, generation, evidence, nothingToDo, failure }) =>
        `| ${step} | ${host} | ${state}${generation > 1 ? ` (try ${generation})` : ''} | ${cell(
          [nothingToDo && `nothing to do: ${nothingToDo}`, evidence?.summary ?? failure]
            .filter(Boolean)
            .join('; '),
        )} |`,
    ),
  ].join('\n')
}

function decisionLines(decision: Decision): string[] {
  const { title, since, timesAsked, expires, otherwise, choices, shows, approvers } = decision
  const again = timesAsked > 1 ? `, **asked ${timesAsked} times**` : ''
  return [
    `## Decide: ${title}`,
    '',
    'Here: **More Actions → Send an Update** (or a Signal, where no worker is up), name `decide`, and paste:',
    '',
    '```json',
    pasteable(decision),
    '```',
    '',
    ...choices.map(({ choice, does }) => `- **${choice}**: ${does}`),
    '',
    `Waits since ${clock(since)}${again}; until ${clock(expires ?? since)}, then: ${otherwise ?? 'it asks again'}.` +
      (approvers.length > 0 ? ` May decide: ${approvers.join(', ')}.` : ''),
    '',
    ...shows,
    '',
  ]
}

/** The answer to paste, one key to a line: the UI's editor moves its button away from a one-line JSON. */
export function pasteable({ decision, choices, seal }: Decision): string {
  const [first] = choices
  const answer = { decision, choice: first?.choice, by: 'YOUR NAME', ...(seal === undefined ? {} : { seal }) }
  return JSON.stringify(answer, null, 2)
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

/** A table's cell: no line breaks, no bars. */
function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|').slice(0, 300)
}
