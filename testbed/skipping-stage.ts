import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { activityInfo } from '@temporalio/activity'
import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { Duration } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker'
import { execa } from 'execa'
import type { Activities, Lock } from '../src/activities/activities.ts'
import { openSigners } from '../src/allowed-signers.ts'
import { digest } from '../src/activities/digest.ts'
import { newsOf } from '../src/activities/notices.ts'
import { packageFolder } from '../src/config.ts'
import { searchAttributes } from '../src/embedded/search-attributes.ts'
import { loadPlan } from '../src/plan/load-plan.ts'
import type { ResolvedStep } from '../src/plan/plan.ts'
import { kinds } from '../src/steps/index.ts'
import type { Leftover } from '../src/steps/step-kind.ts'
import { HOLD_CHUNK_SECONDS, verificationsIn } from '../src/workflows/hold.ts'
import { attestationSubject, lockId, TASK_QUEUE } from '../src/workflows/messages.ts'
import type {
  AttestationRequest,
  Attestations,
  RollbackRequest,
  RunRef,
  StepRequest,
} from '../src/workflows/messages.ts'
import type { Notice } from '../src/workflows/notices.ts'
import type { StepPreview } from '../src/workflows/previews.ts'
import type { RunStatus } from '../src/workflows/status.ts'

/**
 * The workflows of this project on a Temporal server that skips time, with activities that touch no host: for the logic of
 * decisions, waits and locks. That a feature works on a host, other stages test.
 */
export interface SkippingStage {
  readonly client: TestWorkflowEnvironment['client']
  /** What the stub activities do; a test changes it as it goes. */
  readonly script: Script
  /** What the activities were asked, in this order: `run first`, `undo first`, `release shop on test host`. */
  readonly asked: readonly Asked[]
  readonly start: (
    plan: string,
    yaml: string,
    how?: { readonly id?: string; readonly by?: string },
  ) => Promise<WorkflowHandle>
  /**
   * Lets this much time pass on the server, in milliseconds of this machine. Not to the moment at which a question is asked
   * again: this server refuses to cancel a timer that has fired since the task of the worker began, and the run then stands still.
   */
  readonly pass: (time: Duration) => Promise<void>
  /** The server's time. */
  readonly now: () => Promise<Date>
  readonly close: () => Promise<void>
}

/** A step of a plan, as YAML on one line, that makes the file /srv/STEP. */
export function stepThatTouches(step: string): string {
  return `{ step: ${step}, kind: command, script: touch /srv/${step}, undo: rm -f /srv/${step}, verify: test -e /srv/${step} }`
}

export interface Asked {
  readonly what: string
  readonly at: Date
}

interface Script {
  /** What a step's n-th run does: it throws to fail. */
  run: (step: string, times: number) => void
  /** What a step's n-th undo does: it throws to fail. */
  undo: (step: string, times: number) => void
  /** The sha256 of a step's artefact. */
  sum: string
  /** The file with the keys of people. Default: there is none. */
  allowedSigners: string
  /** What a gate's digest stands for: another text is another state of the hosts. */
  state: string
  /** Why a step would be refused, by its id. */
  refused: Readonly<Record<string, string>>
  leftovers: readonly Leftover[]
  /** How often stubs ask whether a run has ended, and the notifier's whether there is news, in the server's time. */
  watchedEvery: Duration
  newsEvery: Duration
  /** What the n-th attempt to send a notification does: it throws to fail. */
  send: (channel: string, notice: Notice, attempt: number) => void
}

/** In seconds of this machine; days take less than one. */
const PATIENCE_SECONDS = 120

/** Once in a process. */
let quiet = false

/** How often a stub asks whether a run has ended, in the server's time: an activity that waited would keep time from passing. */
const WATCHED_EVERY = '1 hour'

/** For one test. */
export async function openSkippingStage(): Promise<SkippingStage> {
  // Each time a stub asks again is a failed activity.
  if (!quiet)
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
    })
  quiet = true
  const { stdout } = await execa('sh', [packageFolder('scripts', 'fetch-temporal'), 'temporal-test-server'])
  const path = stdout.split('\n').at(-1) ?? ''
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  })
  const { client, connection } = environment
  // Without them every workflow task would be tried again for ever.
  await connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.entries(searchAttributes).map(([name, { code }]) => [name, code]),
    ),
  })
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-skipping-'))
  const script: Script = {
    ...{ run: () => undefined, undo: () => undefined },
    allowedSigners: '/nonexistent',
    ...{ sum: 'a'.repeat(64), state: 'as ever', refused: {}, leftovers: [], send: () => undefined },
    ...{ watchedEvery: WATCHED_EVERY, newsEvery: '5 minutes' },
  }
  const asked: Asked[] = []
  const note = async (what: string) =>
    void asked.push({ what, at: new Date(await environment.currentTimeMs()) })
  /**
   * Has time pass again once a lock's workflow is closed. When a child closes, this server holds time until the parent has been
   * told, and holds it for ever where the parent is closed already: the run of a lock always is. Sooner, it would let go of what
   * holds time for a task of the worker, and the server refuses the answer to that task.
   */
  const afterClosing: StubDependencies['afterClosing'] = ({ workflowId, runId }) => {
    const handle = client.workflow.getHandle(workflowId, runId)
    const unlock = async () => {
      while (!isClosing && (await handle.describe()).status.name === 'RUNNING') await wait(20)
      if (!isClosing) await connection.testService?.unlockTimeSkipping({})
    }
    const unlocking = unlock()
    unlockings.add(unlocking)
    return unlocking
  }
  let isClosing = false
  const unlockings = new Set<Promise<void>>()
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: packageFolder('dist', 'workflow-bundle.js') },
    activities: stubs({ client, script, asked, note, afterClosing }),
  })
  const working = worker.run()

  return {
    ...{ client, script, asked },
    start: async (plan, yaml, { id = plan, by = 'starter' } = {}) => {
      await mkdir(join(folder, plan), { recursive: true })
      await writeFile(join(folder, plan, 'plan.yaml'), yaml)
      const args = [{ plan: join(folder, plan), by }]
      return await client.workflow.start('runPlan', { taskQueue: TASK_QUEUE, workflowId: id, args })
    },
    pass: async (time) => {
      const late = wait(PATIENCE_SECONDS * 1000, undefined, { ref: false }).then(() => {
        throw new Error(`${time} do not pass in ${PATIENCE_SECONDS} s`)
      })
      await Promise.race([environment.sleep(time), late])
    },
    now: async () => new Date(await environment.currentTimeMs()),
    close: async () => {
      // A call that the server's end cuts off is tried again by a timer, and throws there.
      isClosing = true
      await Promise.allSettled(unlockings)
      worker.shutdown()
      await working
      await environment.teardown()
      await rm(folder, { recursive: true })
    },
  }
}

interface StubDependencies {
  readonly client: TestWorkflowEnvironment['client']
  readonly script: Script
  readonly asked: readonly Asked[]
  readonly note: (what: string) => Promise<void>
  readonly afterClosing: (execution: { readonly workflowId: string; readonly runId: string }) => Promise<void>
}

function stubs({ client, script, asked, note, afterClosing }: StubDependencies): Activities {
  const stateOf = async (workflowId: string, firstExecutionRunId?: string) => {
    const handle = client.workflow.getHandle(
      workflowId,
      undefined,
      firstExecutionRunId === undefined ? {} : { firstExecutionRunId },
    )
    return await handle.describe()
  }
  /** Fails until the workflow is closed; Temporal tries again, and in between time may pass. */
  const untilClosed = async (workflowId: string) => {
    const { status } = await stateOf(workflowId)
    if (status.name === 'RUNNING') later(`${workflowId} is open`, script.watchedEvery)
  }
  const never = (name: string) => () => Promise.reject(new Error(`no test asks for ${name}`))
  const made = new Map<string, number>()
  /** How often this was asked of a step of a run, this time included. */
  const timesOf = (what: string, { step, ref }: Pick<StepRequest, 'step' | 'ref'>): number => {
    const key = `${ref.token}/${step.step}/${what}`
    const times = (made.get(key) ?? 0) + 1
    made.set(key, times)
    return times
  }

  return {
    inspect: async ({ step }) => {
      await note(`inspect ${step.step}`)
      return { priorState: null, signature: 'of no worker', changes: [`${step.step} is to be done`] }
    },
    apply: async (request) => {
      const { step } = request.step
      await note(`run ${step}`)
      script.run(step, timesOf('run', request))
    },
    verify: async ({ step }) => {
      await note(`verify ${step.step}`)
      return { summary: `${step.step} is done`, strength: 'observed', facts: { sha256: script.sum } }
    },
    hold: (request) => {
      const { step, hold } = request.step
      if (!hold) throw new Error(`${step} has no hold`)
      // As if it had verified for six hours; Temporal tries again after that time.
      if (timesOf('hold', request) % 2 === 1)
        throw ApplicationFailure.create({
          message: `${step} is held`,
          type: 'NotYet',
          nextRetryDelay: `${HOLD_CHUNK_SECONDS} seconds`,
        })
      const verifications = Math.min(
        verificationsIn(hold),
        request.tally.verifications + HOLD_CHUNK_SECONDS / hold.everySeconds,
      )
      return Promise.resolve({ ...request.tally, verifications })
    },
    undo: async (request) => {
      const { step } = request.step
      await note(`undo ${step}`)
      script.undo(step, timesOf('undo', request))
      return script.leftovers
    },
    resolvePlan: ({ plan, ref }) => loadPlan({ plan, folders: [], inputs: {}, runId: ref.run, kinds }),
    checkHost: ({ host }) =>
      Promise.resolve({ host, system: 'none', docker: 'none', compose: 'none', freeBytes: 0 }),
    previewSteps: ({ phases }) => {
      const steps = phases.flatMap(({ phase, steps: all }) =>
        all.map((step) => previewed(phase, step, script)),
      )
      return Promise.resolve({ steps, digest: `digest of ${script.state}`, seconds: 1 })
    },
    identify: never('identify'),
    lockHolder: async (lock) => {
      const { status, memo } = await stateOf(lockId(lock))
      return status.name === 'RUNNING' ? (memo as unknown as RunRef) : undefined
    },
    lockFree: async (lock) => untilClosed(lockId(lock)),
    takeHostLock: async (lock) => {
      await note(`take ${nameOf(lock)}`)
      return undefined
    },
    releaseHostLock: async (lock) => {
      await note(`release ${nameOf(lock)}`)
      const { workflowExecution } = activityInfo()
      // The parent of a lock that is given back is open, and hears of it. The stage may close sooner than the lock's workflow.
      const { status } = await stateOf(lock.ref.run, lock.ref.token)
      if (workflowExecution && status.name !== 'RUNNING')
        void afterClosing(workflowExecution).catch(() => undefined)
    },
    runClosed: async ({ run, lock }) => {
      const given =
        lock === undefined ? [] : await client.workflow.getHandle(run).query<string[]>('locksGivenBack')
      if (!given.includes(lock ?? '')) await untilClosed(run)
    },
    holderClosed: never('holderClosed'),
    lockReleased: async ({ ref, ...lock }) => {
      const { status, memo } = await stateOf(lockId(lock))
      if (status.name === 'RUNNING' && memo?.['token'] === ref.token)
        later(`${lockId(lock)} is held`, script.watchedEvery)
    },
    otherHolders: ({ ref, since, ...lock }) =>
      Promise.resolve(
        asked
          .filter(
            ({ what, at }) =>
              at.toISOString() > since && what.startsWith(`take ${lock.stack} on ${lock.host} `),
          )
          .map(({ what, at }) => ({
            run: what.split(' ').at(-1) ?? '',
            plan: 'other',
            from: at.toISOString(),
          }))
          .filter(({ run }) => run !== ref.run),
      ),
    digest,
    verifySignature: (signed) => openSigners(script.allowedSigners).verify(signed),
    attestationRequests: async ({ workflowId, known }) => {
      const requests = await client.workflow
        .getHandle(workflowId)
        .query<readonly AttestationRequest[]>('attestationRequests')
      const unknown = requests.filter((request) => !known.includes(attestationSubject(request)))
      return unknown.length > 0 ? unknown : later('no attestation is requested')
    },
    childNotices: () => later('no host is scripted to be away'),
    attestation: async ({ ref, request }) => {
      const { given } = await client.workflow.getHandle(ref.run).query<Attestations>('attestations')
      return (
        given.find(({ subject }) => subject === attestationSubject(request)) ?? later('nobody has attested')
      )
    },
    runNews: async ({ ref, known }) => {
      const handle = client.workflow.getHandle(ref.run)
      const description = await handle.describe()
      const news = newsOf(await handle.query<RunStatus>('status'), { description, known })
      return isDeepStrictEqual(news, known) ? later('nothing is new', script.newsEvery) : news
    },
    deliver: async ({ channel, notice }) => {
      script.send(channel, notice, activityInfo().attempt)
      await note(`notify ${channel} of ${notice.event}${notice.reminder ? ` ${notice.reminder.number}` : ''}`)
      const { workflowExecution } = activityInfo()
      if (workflowExecution && notice.ended) void afterClosing(workflowExecution).catch(() => undefined)
      return 'taken'
    },
    ownerOf: never('ownerOf'),
    join: never('join'),
    readRun: async ({ run }) =>
      await client.workflow.getHandle(run).query<RollbackRequest>('rollbackRequest'),
  }
}

/** Has Temporal try again, so that time may pass until then. */
function later(message: string, nextRetryDelay: Duration = WATCHED_EVERY): never {
  throw ApplicationFailure.create({ message, type: 'NotYet', nextRetryDelay })
}

function nameOf({ stack, host, ref }: Lock & { readonly ref: RunRef }): string {
  return `${stack} on ${host} for ${ref.run}`
}

function previewed(phase: string, step: ResolvedStep, { state, refused }: Script): StepPreview {
  const { title, host, kind } = step
  const changes = [`${step.step} is to be done: ${state}`]
  const why = refused[step.step]
  return {
    ...{ phase, step: step.step, title, host, kind, changes, seconds: 1, digestLines: changes },
    ...(why !== undefined && { refused: why }),
  }
}
