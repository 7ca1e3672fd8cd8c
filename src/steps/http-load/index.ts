import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration, formatDuration } from '../../fields/duration.ts'
import { count, httpStatus } from '../../fields/numbers.ts'
import { secret } from '../../fields/secret.ts'
import { resolveTo, url } from '../../fields/url.ts'
import type { Host, HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { maybe, once, readFacts } from '../facts.ts'
import { asStep } from '../shared/owner-label.ts'
import { changeKind, type Values, type Verified } from '../step-kind.ts'
import { judge, tallyFacts, timeOf } from './judge.ts'

const MAX_SECONDS = 4 * 3600
/** Of requests that wait for their answers at once. Each is a process on the host. */
const MAX_WAITING = 500

const loadTime = duration.refine((seconds) => seconds <= MAX_SECONDS, { error: 'must be at most 4 hours' })
const milliseconds = z.int().min(1).max(600_000)
const line = z.string().regex(/^[^\r\n\0]*$/, { error: 'must be one line of text' })
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, { error: 'must be the name of a header: letters, digits and "-"' })

const fields = {
  url: url.optional(),
  perSecond: z.int().min(1).max(100).optional().meta({
    description:
      'Requests a second, from 1 to 100. Each begins at its time, even while earlier ones have no answer yet. Default: 20',
  }),
  atMost: loadTime.optional().meta({
    title: 'duration',
    description:
      'Starts the requests, and the next steps begin at once. A later step with judges: stops the requests; this is their longest time. Up to 4 hours',
  }),
  judges: z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: 'must be PHASE/STEP, such as switch/visitors' })
    .optional()
    .meta({
      title: 'phase and step',
      description:
        'PHASE/STEP of an earlier step with atMost:. This step stops the requests of that one and judges them',
    }),
  for: loadTime.optional().meta({
    title: 'duration',
    description: 'Sends requests for this time, then judges them. The step is a check. Up to 4 hours',
  }),
  failures: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .meta({ description: 'How many requests may fail. Default: 0' }),
  gapMilliseconds: milliseconds.optional().meta({
    description: 'The longest time without a right answer, less the time between two requests. Default: 1000',
  }),
  p95Milliseconds: milliseconds.optional().meta({
    description: 'The time within which 95 of 100 right answers are complete. Default: no limit',
  }),
  status: httpStatus.default(200).meta({ description: 'The status of a right answer. Default: 200' }),
  send: z
    .record(headerName, z.union([line, secret]))
    .optional()
    .meta({
      description: 'Headers to send, by name; a value may be ${{ secrets.NAME }}',
    }),
  resolve: resolveTo.optional(),
  caFile: absolutePath.optional().meta({
    description: "A file on the host with the certificate of the authority that signed the site's",
  }),
  insecure: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to accept any certificate. Default: false. Safer: caFile' }),
  maxSeconds: count.max(30).default(5).meta({
    title: 'count',
    description: 'Timeout of one request in seconds, from 1 to 30. Default: 5',
  }),
}
type Step = Values<typeof fields>

/**
 * Sends requests to a URL at a fixed rate from the host, and judges the answers. Between a step with atMost: and the one that
 * judges it, the client runs on the host in a session of its own.
 */
export const httpLoad = changeKind({
  kind: 'http-load',
  summary:
    'A URL answers a number of requests a second from the host. Failures, time and the longest gap stay within limits',
  fields,
  traits: { sendsLoad: true },
  oneOf: [['atMost', 'judges', 'for']],
  timeoutMinutes: 300,
  usualSeconds: 5,

  validate(step) {
    const { atMost, judges, for: seconds, url, perSecond, failures, gapMilliseconds, p95Milliseconds } = step
    if ([atMost, judges, seconds].filter((one) => one !== undefined).length !== 1)
      return 'needs exactly one of atMost:, judges: and for:'
    const limits = Object.entries({ failures, gapMilliseconds, p95Milliseconds })
    const { send, resolve, caFile } = step
    const requests = Object.entries({ url, perSecond, send, resolve, caFile })
    const foreign = (atMost === undefined ? (judges === undefined ? [] : requests) : limits).flatMap(
      ([name, value]) => (value === undefined ? [] : [name]),
    )
    const waiting = rateOf(step) * step.maxSeconds
    return [
      ...foreign.map((name) =>
        judges === undefined
          ? `has ${name}:, which belongs to the step that judges it`
          : `has ${name}:, which belongs to ${judges}`,
      ),
      ...(judges === undefined && url === undefined ? ['needs url:'] : []),
      ...(step.insecure && caFile !== undefined ? ['needs insecure: or caFile:, and not both'] : []),
      ...(waiting > MAX_WAITING
        ? [
            `may wait for ${waiting} answers at once, more than ${MAX_WAITING}; lower perSecond: or maxSeconds:`,
          ]
        : []),
    ]
  },
  describe(step) {
    const { url, atMost, judges, for: seconds } = step
    if (judges !== undefined) return `stop and judge the requests that ${judges} began`
    const time = seconds === undefined ? `at most ${formatDuration(atMost ?? 0)}` : formatDuration(seconds)
    return `send ${rateOf(step)} requests a second to ${url} for ${time}`
  },
  effects: ({ url, judges }) =>
    judges === undefined
      ? [{ how: 'reads', what: 'url', name: url ?? '' }]
      : [{ how: 'modifies', what: 'process', name: `requests of ${judges}` }],
  isCheck: ({ for: seconds }) => seconds !== undefined,
  takesSeconds: ({ for: seconds = 0 }) => seconds,

  inspect: (step) => Promise.resolve({ priorState: null, changes: [changeOf(step)] }),

  async apply(step, _priorState, host) {
    if (step.judges !== undefined) await stop(asStep(step.judges, host), host)
    if (step.atMost !== undefined) await begin(step, step.atMost, host)
  },

  async verify(step, host) {
    if (step.judges !== undefined) return await judgeBegun(step, step.judges, host)
    return step.for === undefined ? await verifyBegun(step, host) : await judgeWhole(step, step.for, host)
  },

  undoes: ({ judges }) => (judges === undefined ? 'stops the requests' : 'nothing: it only stopped requests'),

  async undo({ atMost }, _priorState, host) {
    if (atMost !== undefined) await stop(host, host)
    return []
  },
})

function changeOf(step: Step): string {
  const { url, atMost = 0, judges } = step
  return judges === undefined
    ? `begins to send ${rateOf(step)} requests a second to ${url}, for at most ${formatDuration(atMost)}`
    : `stops the requests that ${judges} began`
}

function rateOf({ perSecond = 20 }: Pick<Step, 'perSecond'>): number {
  return perSecond
}

async function begin(step: Step, seconds: number, host: Host): Promise<void> {
  const client = textFile('http-load/claim.sh') + textFile('http-load/client.sh')
  const script = shellFile('http-load/begin.sh', {
    ...requestsOf(step, seconds),
    ...{ client, expected: step.status, keep: host.originals },
  })
  await host.run('begin', command(script, { environment: headersOf(step) }))
}

async function stop({ originals }: HostView, host: Host): Promise<void> {
  await host.run('stop', command(shellFile('http-load/stop.sh', { keep: originals })))
}

async function verifyBegun(step: Step, host: HostView): Promise<Verified> {
  const per_second = rateOf(step)
  const variables = { keep: host.originals, expected: step.status, per_second }
  const output = await host.ask(
    question(shellFile('http-load/answering.sh', variables), { timeoutSeconds: 120 }),
  )
  const { right, state, last } = readFacts(output, { right: maybe, state: maybe, last: maybe })
  if (right === undefined) {
    const seen = state === 'running' ? 'did not answer as expected for two seconds' : `are not sent: ${state}`
    throw new StepNotVerified(`the requests to ${step.url} ${seen}; the last one: ${last || 'none'}`)
  }
  return {
    summary: `${step.url} gets ${per_second} requests a second; the last ${right} were answered as expected`,
    strength: 'observed',
  }
}

const NO_VERDICT: Readonly<Record<string, string>> = {
  none: 'it began none on this host',
  running: 'they are still sent; retry the step',
  killed: 'their client was killed',
  rebooted: 'the host rebooted meanwhile',
}

async function judgeBegun(step: Step, judges: string, host: HostView): Promise<Verified> {
  const variables = { keep: asStep(judges, host).originals }
  const output = await host.ask(question(shellFile('http-load/judge.sh', variables), { timeoutSeconds: 300 }))
  const { state } = readFacts(output, { state: once })
  if (state !== 'ended')
    throw new StepNotVerified(`no verdict on the requests of ${judges}: ${NO_VERDICT[state] ?? state}`)
  const { url, ...tally } = readFacts(output, { url: once, ...tallyFacts })
  if (tally.reason !== 'stopped')
    throw new StepNotVerified(
      `no verdict on the requests of ${judges}: they ended at ${timeOf(tally.until)} after atMost:, before this step`,
    )
  return judge(url, tally, step)
}

async function judgeWhole(step: Step, seconds: number, host: HostView): Promise<Verified> {
  const script = shellFile('http-load/whole.sh', { ...requestsOf(step, seconds), expected: step.status })
  const timeoutSeconds = seconds + step.maxSeconds + 60
  const { stdout } = await host.measure(
    'load',
    question(script, { environment: headersOf(step), timeoutSeconds }),
  )
  return judge(step.url ?? '', readFacts(stdout, tallyFacts), step)
}

/** The variables of client.sh. */
function requestsOf(step: Step, seconds: number) {
  const { url = '', resolve = '', caFile = '', insecure, maxSeconds } = step
  return {
    // Normalized, so that curl and the script read the same host.
    ...{ url: new URL(url).href, resolve, ca_file: caFile, insecure: insecure ? 'yes' : 'no' },
    ...{ per_second: rateOf(step), for_seconds: seconds, max_seconds: maxSeconds },
  }
}

/** Lines of a curl configuration. They go by environment: they may hold secrets. */
function headersOf({ send = {} }: Step) {
  const reveal = (value: string | Secret) => (value instanceof Secret ? value.reveal() : value)
  const lines = Object.entries(send).map(
    ([name, value]) => `header = "${name}: ${reveal(value).replace(/["\\]/g, '\\$&')}"`,
  )
  return { HEADERS: new Secret(lines.join('\n')) }
}
