import { randomBytes } from 'node:crypto'
import { cp, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { packageFolder } from '../src/config.ts'
import { startRegistry, REGISTRY } from './registry.ts'
import { openStage, type Stage } from './run-stage.ts'
import type { TestHost } from './test-host.ts'
import { decide, openDecision } from './watch-run.ts'

const PLAN = packageFolder('plans', 'mech-evolve')

/** A stage on which mech-evolve can be released: one test host is builder and server. */
export async function openMechStage(): Promise<{ readonly stage: Stage; readonly facts: MechFacts }> {
  const stage = await openStage({ images: 'apps', ports: [443], alias: 'builder' })
  await writeFile(join(stage.folder, 'mech.env'), 'MONGODB_URI=mongodb://db:27017/mech\n', { mode: 0o600 })
  return { stage, facts: await layMech(stage.testHost) }
}

/** Copies the shipped plan to the plans of a stage. Returns the folder of the copy. */
export async function copyOfMech(stage: Stage, name: string): Promise<string> {
  const copy = join(stage.folder, 'plans', name)
  const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path)
  await cp(PLAN, copy, { recursive: true, filter: isSource })
  return copy
}

interface MechRelease {
  readonly version: string
  /** Default: the shipped plan. */
  readonly plan?: string
  readonly inputs?: Readonly<Record<string, string>>
}

/** Releases a version; approves the gate of the plan and attests what it asks. Returns the run's id. */
export async function releaseMech(
  stage: Stage,
  facts: MechFacts,
  { version, plan = 'mech-evolve', inputs = {} }: MechRelease,
): Promise<string> {
  const id = `release-${version.replaceAll('.', '-')}`
  const run = await stage.start(plan, { id, inputs: { ...facts.inputs, version, ...inputs } })
  for (const kind of ['gate', 'attest']) {
    const decision = await openDecision(run, 420)
    if (decision.kind !== kind) throw new Error(`${decision.title}: ${decision.happened}`)
    await decide(run, decision, 'approve', 'lead')
  }
  await run.result()
  return id
}

/** The record of what is live, as inputs of the next release. */
export async function liveMech(
  testHost: TestHost,
): Promise<{ readonly live: string; readonly previous: string }> {
  const record = await testHost.must('cat /srv/mech/release.env')
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(record)?.[1] ?? ''
  return { live: value('LIVE'), previous: value('PREVIOUS') }
}

/** What the releases of mech-evolve need on a test host with `images: 'apps'` and `ports: [443]`. */
export interface MechFacts {
  readonly domain: string
  /** The certificate of the authority that signed the domain's. */
  readonly authority: string
  /** Inputs of the shipped plan that are equal for all releases. */
  readonly inputs: Readonly<Record<string, string>>
}

const DOMAIN = 'evolve.example.org'

/** Lays what is there before a first release: an empty registry, and a certificate of an authority of its own. */
export async function layMech(testHost: TestHost): Promise<MechFacts> {
  await Promise.all([startRegistry(testHost), testHost.must(CERTIFICATE, { env: { DOMAIN } })])
  return {
    domain: DOMAIN,
    authority: await testHost.must('cat /etc/ssl/mech/ca.pem'),
    inputs: {
      domain: DOMAIN,
      registry: REGISTRY,
      tls_authority: '/etc/ssl/mech/ca.pem',
      soak: '15 seconds',
      // Tests share two cores: the client of the load test begins twenty a second too late.
      per_second: '5',
      p95: '3000',
      node_image: 'testbed/node:20',
      build_image: 'testbed/node-build:20',
      mongo_image: 'testbed/mongo:8',
      nginx_image: 'testbed/nginx:1',
    },
  }
}

const CERTIFICATE = `
set -eu
mkdir -p /etc/ssl/mech
cd /etc/ssl/mech
key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; chmod 600 "$1"; }
key ca.key
openssl req -x509 -new -key ca.key -subj '/CN=Test authority' -days 365 -out ca.pem
key key.pem
openssl req -new -key key.pem -subj "/CN=$DOMAIN" -addext "subjectAltName=DNS:$DOMAIN" -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -copy_extensions copy -days 90 -out fullchain.pem
rm request.pem
`

/** What a client of the service saw. */
export interface Asked {
  /** The ids of the documents that the service has acknowledged, in order. */
  readonly acknowledged: readonly string[]
  /** A line for each request without a 201: its status, or the error of its connection. */
  readonly failed: readonly string[]
  /** From one acknowledgement to the next. */
  readonly longestGapSeconds: number
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly release: string
}

/** Sends one request through the proxy, in a connection of its own, from this machine. */
export function askMech(
  testHost: TestHost,
  { domain, authority }: MechFacts,
  path: string,
  document?: object,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: testHost.httpPort(443), servername: domain, ca: authority, path },
        ...{ agent: false, timeout: 10_000, method: document ? 'POST' : 'GET' },
        headers: { Host: domain, ...(document && { 'Content-Type': 'application/json' }) },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.once('error', reject).once('end', () => {
          const release = String(response.headers['x-reinstate-run'])
          resolve({ status: response.statusCode ?? 0, body, release })
        })
      },
    )
    sent.once('timeout', () => sent.destroy(new Error('no answer in 10 s'))).once('error', reject)
    sent.end(document && JSON.stringify(document))
  })
}

/** Creates agents at this rate, whatever the earlier requests do, until stop(), which waits for the last answer. */
export function writeToMech(
  testHost: TestHost,
  facts: MechFacts,
  perSecond = 20,
): { readonly stop: () => Promise<Asked> } {
  const client = randomBytes(4).toString('hex')
  const acknowledged: string[] = []
  const failed: string[] = []
  const running: Promise<void>[] = []
  let lastTaken = performance.now()
  let longestGap = 0

  const write = async (id: string) => {
    const answer = await askMech(testHost, facts, '/api/agents', { id, name: 'Client' }).catch(
      (error: unknown) => ({ status: 0, body: String(error) }),
    )
    if (answer.status !== 201) return void failed.push(`${id}: ${answer.status} ${answer.body}`)
    acknowledged.push(id)
    longestGap = Math.max(longestGap, performance.now() - lastTaken)
    lastTaken = performance.now()
  }
  const timer = setInterval(() => running.push(write(`${client}-${running.length}`)), 1000 / perSecond)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      return { acknowledged, failed, longestGapSeconds: longestGap / 1000 }
    },
  }
}
