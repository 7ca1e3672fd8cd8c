import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { count, httpStatus } from '../../fields/numbers.ts'
import { resolveTo, url } from '../../fields/url.ts'
import { question } from '../../shell/command.ts'
import { amount, maybe, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { checkKind, type Values } from '../step-kind.ts'

const oneLine = z.string().regex(/^[^\r\n\0]+$/, { error: 'must be one line of text' })

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, { error: 'must be the name of a header: letters, digits and "-"' })

const fields = {
  url,
  status: httpStatus.default(200).meta({ description: 'The expected status. Default: 200' }),
  header: z
    .record(
      headerName,
      z.union([oneLine, z.strictObject({ contains: oneLine.meta({ description: 'A text in the value' }) })]),
    )
    .optional()
    .meta({
      description: 'Expected headers by name: the whole value, or contains: a text in it',
    }),
  marker: z
    .strictObject({
      header: headerName
        .default('X-Reinstate-Run')
        .meta({ description: 'The header that holds the marker. Default: X-Reinstate-Run' }),
      value: oneLine.meta({ description: 'The marker, such as ${{ run.id }}' }),
    })
    .optional()
    .meta({
      description:
        "The run's marker, which tells its stack from an old one: value:, such as ${{ run.id }}, and header:. Default header: X-Reinstate-Run",
    }),
  bodyContains: oneLine.optional().meta({ description: 'A text in the expected body' }),
  bodyEquals: z.string().max(60_000).optional().meta({ description: 'The whole expected body' }),
  bodySha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hexadecimal digits' })
    .optional()
    .meta({ description: 'The sha256 of the whole expected body' }),
  resolve: resolveTo.optional(),
  insecure: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to accept any certificate. Default: false. Safer: caFile' }),
  caFile: absolutePath.optional().meta({
    description: "A file on the host with the certificate of the authority that signed the site's",
  }),
  followRedirects: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to follow up to five redirects. Default: false' }),
  passes: count
    .default(1)
    .meta({ title: 'count', description: 'How many expected answers in a row the step needs. Default: 1' }),
  everySeconds: count
    .default(2)
    .meta({ title: 'count', description: 'Seconds between two requests. Default: 2' }),
  within: duration.meta({ description: 'Deadline for the expected answers, such as 2 minutes' }),
  maxSeconds: count
    .default(10)
    .meta({ title: 'count', description: 'Timeout of one request in seconds. Default: 10' }),
}

/**
 * Requests a URL from the host until the answer is as expected. Never connects to a metadata address of a cloud, neither by
 * name nor by redirect.
 */
export const httpProbe = checkKind({
  kind: 'http-probe',
  summary: 'A URL gives the expected answer to a request from the host',
  fields,
  traits: { probesUrl: true },
  timeoutMinutes: 60,
  usualSeconds: 5,

  validate({ insecure, caFile }) {
    return insecure && caFile !== undefined ? 'needs insecure: or caFile:, and not both' : undefined
  },
  describe: ({ url, status, passes }) =>
    `probe ${url} for ${status}${passes > 1 ? `, ${passes} times in a row` : ''}`,
  effects: ({ url }) => [{ how: 'reads', what: 'url', name: url }],

  /** Sends a request every `everySeconds`, in one exec. @throws StepNotVerified after `within`; never retried. */
  async verify(step, host) {
    const rows = Object.entries(step.header ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' ? ['is', name, value] : ['contains', name, value.contains],
    )
    const script = shellFile('http-probe/verify.sh', variablesOf(step), rows)
    const probe = question(script, { timeoutSeconds: step.within + step.maxSeconds + 30 })
    const { stdout } = await host.measure('probe', probe)
    const found = readFacts(stdout, {
      ...{ passed: once, asked: amount, code: once, status: once },
      ...{ why: maybe, sha256: maybe, body: maybe },
    })
    if (found.passed !== 'yes') {
      throw new StepNotVerified(
        `${step.url} did not answer as expected within ${step.within} s (${countOf(found.asked, 'request')}): ${lastAnswer(found)}`,
      )
    }
    const times = step.passes > 1 ? `, ${step.passes} times in a row` : ''
    return {
      summary: `${step.url} answered ${found.status}${matched(step)}${times}`,
      strength: 'observed',
      facts: { status: Number(found.status), asked: found.asked, bodySha256: found.sha256 },
    }
  },
})

function variablesOf(step: Values<typeof fields>) {
  const { url, status, marker, bodyContains, bodyEquals, bodySha256, resolve, caFile } = step
  const { insecure, followRedirects, passes, everySeconds, within, maxSeconds } = step
  return {
    // Normalized, so that curl and the script read the same host.
    ...{
      url: new URL(url).href,
      expected: status,
      mark_header: marker?.header ?? '',
      mark_value: marker?.value ?? '',
    },
    ...{ body_contains: bodyContains ?? '', body_sha256: bodySha256 ?? '' },
    ...{ compare_body: bodyEquals === undefined ? 'no' : 'yes', body_equals: bodyEquals ?? '' },
    ...{ resolve: resolve ?? '', ca_file: caFile ?? '', insecure: insecure ? 'yes' : 'no' },
    ...{ follow: followRedirects ? 'yes' : 'no', passes, every_seconds: everySeconds },
    ...{ within, max_seconds: maxSeconds },
  }
}

/** What matched in addition to the status: ` with the marker of this run and the expected body`. */
function matched({
  header = {},
  marker,
  bodyContains,
  bodyEquals,
  bodySha256,
  insecure,
}: Values<typeof fields>): string {
  const names = Object.keys(header)
  const parts = [
    ...(marker === undefined ? [] : ['the marker of this run']),
    ...(names.length === 0 ? [] : [`the expected ${names.join(', ')}`]),
    ...(bodyEquals === undefined && bodySha256 === undefined ? [] : ['the expected body']),
    ...(bodyContains === undefined ? [] : ['the expected text in its body']),
  ]
  const last = parts.at(-1)
  const all = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last
  return `${all === undefined ? '' : ` with ${all}`}${insecure ? ', its certificate unchecked' : ''}`
}

interface LastAnswer {
  readonly code: string
  readonly status: string
  readonly why?: string | undefined
  readonly body?: string | undefined
}

/** curl's error, or the status, the difference and the start of the body. */
function lastAnswer({ code, status, why, body = '' }: LastAnswer): string {
  if (code !== '0') return why ?? `curl exited with ${code}`
  const start = Buffer.from(body, 'base64')
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
    .replace(/\s+/g, ' ')
    .trim()
  return `the last answer was ${status}${why ? `, ${why}` : ''}; its body starts with: ${start || '(empty)'}`
}
