import { z } from 'zod'
import { StepNotVerified } from '../errors.ts'
import { duration } from '../fields/duration.ts'
import { count, httpStatus } from '../fields/numbers.ts'
import { resolveTo, url } from '../fields/url.ts'
import { question } from '../shell/command.ts'
import { amount, maybe, once, readFacts } from './facts.ts'
import { probe } from './http-probe-script.ts'
import { stepKind } from './step-kind.ts'

const oneLine = z.string().regex(/^[^\r\n\0]+$/, { error: 'must be one line of text' })

const fields = {
  url,
  status: httpStatus.default(200),
  /** What the answer's headers must say, by name. */
  header: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), oneLine).optional(),
  bodyContains: oneLine.optional(),
  bodyEquals: z.string().max(60_000).optional(),
  bodySha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hexadecimal digits' })
    .optional(),
  /** Asks this address, whatever DNS says; `host:port:address`. */
  resolve: resolveTo.optional(),
  followRedirects: z.boolean().default(false),
  /** How many right answers in a row make a pass. */
  passes: count.default(1),
  everySeconds: count.default(2),
  within: duration,
  maxSeconds: count.default(10),
}

/** Asks from the host's side until the right answer comes. It changes nothing: all of its work is the proof. */
export const httpProbe = stepKind({
  kind: 'http-probe',
  summary: 'A URL gives the expected answer, asked from the host',
  fields,
  outputs: [],
  timeoutMinutes: 60,

  describe: ({ url, status, passes }) =>
    `probe ${url} for ${status}${passes > 1 ? `, ${passes} times in a row` : ''}`,
  touches: ({ url }) => [{ how: 'reads', what: 'url', name: url }],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  look: () => Promise.resolve({ seen: null, changes: [], because: 'a probe only looks' }),
  run: () => Promise.resolve({}),
  undo: () => Promise.resolve([]),

  /** Asks every `everySeconds`, all of it in one exec. @throws StepNotVerified after `within`; never retried. */
  async verify(step, host) {
    const asked = question(probe(step), { timeoutSeconds: step.within + step.maxSeconds + 30 })
    const { stdout } = await host.measure('probe', asked)
    const found = readFacts(stdout, {
      passed: once,
      asked: amount,
      code: once,
      status: once,
      why: maybe,
      sha256: maybe,
      body: maybe,
    })
    if (found.passed !== 'yes') {
      throw new StepNotVerified(
        `${step.url} did not answer as expected within ${step.within} s (asked ${found.asked} times): ${answered(found)}`,
      )
    }
    const times = step.passes > 1 ? `, ${step.passes} times in a row` : ''
    return {
      summary: `${step.url} answered ${found.status}${times}`,
      strength: 'observed',
      facts: { status: Number(found.status), asked: found.asked, bodySha256: found.sha256 },
    }
  },
})

interface LastAnswer {
  readonly code: string
  readonly status: string
  readonly why?: string | undefined
  readonly body?: string | undefined
}

/** The last answer in words: curl's reason where there was none, else the status, what is wrong and how the body begins. */
function answered({ code, status, why, body }: LastAnswer): string {
  if (code !== '0') return why ?? `curl ended with ${code}`
  const begins = Buffer.from(body ?? '', 'base64')
    .toString('utf8')
    .slice(0, 200)
  return `the last answer was ${status}${why ? `, ${why}` : ''}; its body begins: ${begins.replace(/\s+/g, ' ').trim() || '(empty)'}`
}
