import { ApplicationFailure } from '@temporalio/common'
import { existsSync, realpathSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Hosts } from '../host/host.ts'
import { HostNotReady, HostUnreachable, PlanRefused } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { isFolder, isPath } from '../plan/files/plan-folder.ts'
import { isInside } from '../plan/files/allowed-folders.ts'
import { loadRevision, revisionNow } from '../plan/load-plan.ts'
import type { PlanToLoad } from '../plan/load-plan.ts'
import { readSecrets } from '../plan/files/read-secrets.ts'
import type { Notifier } from '../notifications/notifier.ts'
import type { PlanRevision, ResolvedPlan } from '../plan/plan.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { RunRef, RunRequest, SignedStatement } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'
import { withoutSignatures } from './authority.ts'
import { withHeartbeats } from './binding.ts'
import { joinedSubscriptions } from './notices.ts'
import { previewSteps } from './preview-steps.ts'
import { planFacts, planHash } from './plan-facts.ts'
import type { StepActivities } from './steps.ts'

/** A run's id becomes part of names of volumes, projects and directories: ${{ run.id }}. */
const RUN_ID = /^(?=.{1,60}$)[a-z0-9]+([-_][a-z0-9]+)*$/

/** As Temporal names this worker in histories. */
const WORKER = `${process.pid}@${hostname()}`

/** What a run is asked for. */
type Asked = Pick<RunRequest, 'plan' | 'inputs'>

/** The people whose keys the worker knows: its allowed_signers file. */
export interface Signers {
  verify(signed: SignedStatement): Promise<{ readonly key: string } | { readonly refused: string }>
  /** Why the signatures that a plan demands could not be verified; undefined if each of these people has a key. */
  problemWith(people: readonly string[]): Promise<Problem | undefined>
}

interface Dependencies {
  readonly signers: Signers
  readonly notifier: Pick<Notifier, 'settings'>
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  /** Where plans are found by name, or by a path that leads into one of them. */
  readonly planFolders: readonly string[]
  readonly secretsFolder?: string | undefined
  /** Further folders into which a path may lead; asked anew for each plan. */
  readonly allowedFolders: () => readonly string[]
}

/** The activities before the first change of a run. */
export function planActivities(
  { hosts, kinds, signers, notifier, planFolders, secretsFolder, allowedFolders }: Dependencies,
  steps: Pick<StepActivities, 'inspect' | 'verify'>,
): Pick<Activities, 'resolvePlan' | 'checkHost' | 'previewSteps' | 'identify'> {
  const toLoad = ({ plan, inputs = {}, run }: Asked & { readonly run: string }): PlanToLoad => {
    // Any client of Temporal can name a path. Other files of this machine are not read, and the refusal does not reveal
    // whether they exist.
    if (isPath(plan) && !(isYamlOrFolder(plan) && isInside(plan, [...planFolders, ...allowedFolders()])))
      throw new PlanRefused([planElsewhere(plan)])
    return { plan, folders: planFolders, secretsFolder, inputs, runId: run, kinds, inventory: hosts.names }
  }
  /** What this worker reads now under the name of an older revision, if it reads anything else. */
  const otherRevision = async ({ of, sha256 }: PlanRevision, asked: Omit<Asked, 'plan'> & RunRef) => {
    try {
      const now = await revisionNow(toLoad({ plan: of, ...asked }))
      return now.sha256 === sha256 ? {} : { otherRevision: { of, ...now, worker: WORKER } }
    } catch (error) {
      // This worker may serve other plans.
      if (error instanceof PlanRefused) return {}
      throw error
    }
  }
  return {
    resolvePlan: async ({ plan: name, inputs = {}, ref }) => {
      if (!RUN_ID.test(ref.run)) throw new PlanRefused([wrongRunId(ref.run)])
      const asked = toLoad({ plan: name, inputs, run: ref.run })
      // As with the inventory: a run that could notify nobody is refused while that costs nothing.
      const { channels, runs } = await notifier.settings().catch(withoutProblems)
      const { plan, revision: read } = await loadRevision({ ...asked, channels })
      // A missing secret is found before the first change. Values stay in the activities.
      if (plan.secrets && plan.secrets.madeBy === undefined) {
        await readSecrets(plan.secrets.file, plan.secrets.require)
      }
      // So is the key of a person who has to sign.
      const problem = await signers.problemWith(signersIn(plan))
      if (problem) throw new PlanRefused([problem])
      const notify = joinedSubscriptions(plan.notify ?? [], runs)
      const queues = Object.entries(hosts.taskQueues).filter(([host]) => plan.hosts.includes(host))
      return {
        ...plan,
        ...(notify.length > 0 && { notify }),
        ...(queues.length > 0 && { taskQueues: Object.fromEntries(queues) }),
        hash: planHash(plan),
        revision: { of: name, ...read, worker: WORKER },
      }
    },
    checkHost: async ({ ref, host }) => {
      if (!hosts.names.includes(host)) {
        throw new HostNotReady(host, [
          `the inventory does not name it; it names: ${hosts.names.join(', ') || 'no host'}`,
        ])
      }
      const binding = { ref, phase: 'before', step: 'check-host', attempt: 1, secrets: [] }
      try {
        return await withHeartbeats(binding, (bound) => hosts.check(host, bound))
      } catch (error) {
        if (!(error instanceof HostUnreachable)) throw error
        // Nothing was changed yet: the run fails at once instead of after minutes of retries.
        throw ApplicationFailure.nonRetryable(error.message, error.name, error.data)
      }
    },
    previewSteps: async (request) => ({
      ...(await previewSteps(request, { ...steps, kinds })),
      ...(request.began &&
        (await otherRevision(request.began.revision, { ...request.began, ...request.ref }))),
    }),
    identify: async ({ plan }) => ({
      plan: planFacts(withoutSignatures(plan), await lastChanged(plan.secrets?.file)),
      hosts: await Promise.all(plan.hosts.map((host) => hosts.identity(host))),
    }),
  }
}

/** The problems of notify.yaml may quote what somebody wrote into it, and a refusal is in the history. */
function withoutProblems(error: unknown): never {
  const [first] = error instanceof PlanRefused ? error.problems : []
  if (first === undefined) throw error
  const message = 'notify.yaml of the worker is invalid'
  throw new PlanRefused([{ ...first, code: 'notify', message, hint: 'on the worker: reinstate notify list' }])
}

/** The people whose signatures the plan demands. */
function signersIn({ guardedBy, phases }: ResolvedPlan): readonly string[] {
  const guards = [guardedBy, ...phases.map(({ gate }) => gate)].filter((one) => one?.signed)
  return [...new Set(guards.flatMap((one) => one?.approvers ?? []))]
}

/** Size and time of the last change of a file, in milliseconds; a missing file is a fact too. */
async function lastChanged(file: string | undefined) {
  if (file === undefined) return undefined
  const at = await stat(file).then(
    ({ mtime, size }) => `${size} bytes, last changed ${mtime.toISOString()}`,
    () => 'is missing',
  )
  return { file, at }
}

/** A link named as YAML may lead to any other file. */
function isYamlOrFolder(path: string): boolean {
  const target = existsSync(path) ? realpathSync(path) : path
  return /\.ya?ml$/.test(target) || isFolder(target)
}

function planElsewhere(plan: string): Problem {
  const message = 'the path leads to no plan in a plan folder of the worker'
  const hint = 'name a plan; or, on the worker, list its folder in REINSTATE_PLANS'
  return { file: plan.slice(0, 200), line: 1, column: 1, code: 'unknown-plan', message, hint }
}

function wrongRunId(run: string): Problem {
  const message = `the workflow id "${run}" is no valid run id`
  const hint = 'at most 60 of a-z, 0-9, - and _; it becomes part of names on hosts'
  return { file: 'run', line: 1, column: 1, code: 'bad-run-id', message, hint }
}
