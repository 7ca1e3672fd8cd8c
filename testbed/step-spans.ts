import type { Client } from '@temporalio/client'
import { firstValue } from '../src/cli/run/payloads.ts'
import type { StepRequest } from '../src/workflows/messages.ts'

/** From the first activity of a step to the end of its last one, by the history of its phase. */
export interface StepSpan {
  readonly step: string
  readonly host: string
  /** Ids of events: what was scheduled before another thing ended ran beside it. */
  readonly first: number
  readonly last: number
  /** Times of these events, in milliseconds since the epoch. */
  readonly from: number
  readonly to: number
}

/** The spans of a phase's steps. Attestations without a document have none. */
export async function stepSpans(client: Client, phaseWorkflow: string): Promise<readonly StepSpan[]> {
  const { events } = await client.workflow.getHandle(phaseWorkflow).fetchHistory()
  const scheduled = new Map<string, Pick<StepSpan, 'step' | 'host'>>()
  const spans = new Map<string, StepSpan>()
  for (const event of events ?? []) {
    const { seconds, nanos } = event.eventTime ?? {}
    const [id, at] = [Number(event.eventId), Number(seconds) * 1000 + (nanos ?? 0) / 1e6]
    const asked = event.activityTaskScheduledEventAttributes
    if (asked) {
      const { step } = (firstValue(asked.input) ?? {}) as Partial<StepRequest>
      if (!step?.kind) continue
      scheduled.set(String(event.eventId), step)
      if (!spans.has(step.step))
        spans.set(step.step, { step: step.step, host: step.host, first: id, last: id, from: at, to: at })
    }
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes
    const span = spans.get(scheduled.get(String(ended?.scheduledEventId))?.step ?? '')
    if (span) spans.set(span.step, { ...span, last: id, to: at })
  }
  return [...spans.values()]
}

/** The spans of all steps of a run, by `phase/step`. */
export async function spansOfRun(
  client: Client,
  run: string,
  phases: readonly string[],
): Promise<ReadonlyMap<string, StepSpan>> {
  const all = phases.map(async (phase) =>
    (await stepSpans(client, `${run}/${phase}`)).map((span): [string, StepSpan] => [
      `${phase}/${span.step}`,
      span,
    ]),
  )
  return new Map((await Promise.all(all)).flat())
}

/** Whether a step began once another had ended. */
export function isAfter(spans: ReadonlyMap<string, StepSpan>, then: string, first: string): boolean {
  const [one, other] = [spanOf(spans, first), spanOf(spans, then)]
  const [phase] = first.split('/')
  return then.startsWith(`${phase}/`) ? other.first > one.last : other.from >= one.to
}

/** Whether each of two steps of one phase began before the other had ended. */
export function areBeside(spans: ReadonlyMap<string, StepSpan>, one: string, other: string): boolean {
  const [a, b] = [spanOf(spans, one), spanOf(spans, other)]
  return a.first < b.last && b.first < a.last
}

function spanOf(spans: ReadonlyMap<string, StepSpan>, step: string): StepSpan {
  const span = spans.get(step)
  if (!span) throw new Error(`${step} left no activity`)
  return span
}

/** The most spans that were open at one time. One that ends in the millisecond in which another begins is not beside it. */
export function mostAtOnce(spans: readonly Pick<StepSpan, 'from' | 'to'>[]): number {
  const changes = spans
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((one, other) => one.at - other.at || one.by - other.by)
  let [open, most] = [0, 0]
  for (const { by } of changes) {
    open += by
    most = Math.max(most, open)
  }
  return most
}
