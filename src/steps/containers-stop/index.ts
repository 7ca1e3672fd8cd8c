import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { duration } from '../../fields/duration.ts'
import { containerName, projectName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { isUp, listContainers, mountsOf, portsOf, shortId, type Container } from '../shared/containers.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { inStartOrder } from '../shared/start-order.ts'
import { changeKind, blockedOnContainer, blockedOnMissing, type Evidence, type Values } from '../step-kind.ts'

const fields = {
  projects: z.array(projectName).max(50).default([]).meta({
    description: 'Compose projects: all of their containers, one-off containers of "compose run" included',
  }),
  containers: z.array(containerName).max(50).default([]).meta({
    description: 'Containers by name, without a project. They stop last to first, before the projects',
  }),
  mustExist: z.boolean().default(false).meta({
    description:
      'Whether to refuse a project without any container, volume or network on the host, as a misspelt name. Default: false, nothing to do',
  }),
  disableRestartOnly: z.boolean().default(false).meta({
    description:
      'Whether the containers keep running and the step only disables their restart, for a later step with restartDisabled: true. Default: false',
  }),
  restartDisabled: z.boolean().default(false).meta({
    description:
      'Whether an earlier step with disableRestartOnly: true has disabled their restart. The undo of that step starts them; the undo of this step leaves them stopped. Default: false',
  }),
  killAfter: duration.default(60).meta({
    title: 'duration',
    description: 'How long each container may take to end before it is killed. Default: 60 seconds',
  }),
}
type Step = Values<typeof fields>

/** Containers by the first 12 characters of their ids, each with its restart policy: `3f0c… unless-stopped`. */
interface Prior {
  /** Containers that ran, in rows of their start order. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly [key: string]: readonly (readonly string[] | string)[]
}

/**
 * Stops the named containers and disables their restart first, so that a reboot does not start them. An undo restores the
 * restart policies and starts exactly what ran, dependencies first. For changes under containers that still serve, such as
 * a move, use two steps, the first with disableRestartOnly: a rollback then undoes the changes before it starts anything.
 */
export const containersStop = changeKind({
  kind: 'containers-stop',
  summary: 'No container of the named projects runs, and a reboot starts none of them',
  fields,
  timeoutMinutes: 30,
  usualSeconds: 2,
  // A start takes twice as long, or more with health checks.
  takesLike: [
    { kind: 'compose-down', share: 1 },
    { kind: 'compose-up', share: 0.5 },
  ],

  validate({ projects, containers, disableRestartOnly, restartDisabled }) {
    if (projects.length + containers.length === 0) return 'needs projects: or containers:'
    return disableRestartOnly && restartDisabled
      ? 'needs disableRestartOnly: or restartDisabled:, and not both'
      : undefined
  },
  describe: ({ projects, containers, disableRestartOnly }) =>
    `${disableRestartOnly ? 'disable the restart of' : 'stop'} ${[...projects.map((name) => `project ${name}`), ...containers.map((name) => `container ${name}`)].join(', ')}`,
  effects: ({ projects, containers }) => [
    ...projects.map((name) => ({ how: 'modifies', what: 'project', name }) as const),
    ...containers.map((name) => ({ how: 'modifies', what: 'container', name }) as const),
  ],

  async inspect(step, host) {
    const all = await listContainers(host)
    const missing = step.containers.find((wanted) => !all.some(({ name }) => name === wanted))
    if (missing !== undefined) return blockedOnMissing('container', missing, `container ${missing}`)
    const chosen = chosenOf(step, all)
    if (step.mustExist) await refuseUnknown(step, all, host)
    refuseToStop(chosen)
    const restarting = chosen.find(({ policy }) => step.restartDisabled && policy !== 'no')
    if (restarting)
      return blockedOnContainer(restarting, `the restart of container ${restarting.name} to be disabled`)
    const line = (container: Container) => `${shortId(container)} ${container.policy}`
    const priorState: Prior = {
      ran: inStartOrder(chosen.filter(isUp)).map((row) => row.map(line)),
      stopped: chosen.filter((container) => !isUp(container)).map(line),
    }
    const changes = chosen.flatMap(step.disableRestartOnly ? restartChangesOf : changesOf)
    const undoPorts = step.restartDisabled ? [] : portsOf(chosen.filter(isUp))
    return {
      ...{ priorState, changes },
      ...(changes.length === 0 && { because: becauseOf(step, chosen) }),
      ...(undoPorts.length > 0 && { undoPorts }),
    }
  },

  async apply({ killAfter, disableRestartOnly }, { ran, stopped }, host) {
    const rows = disableRestartOnly ? [] : ran.toReversed().map((row) => row.map(idIn).join(' '))
    const ids = [...ran, stopped].flat().map(idIn).join(' ')
    const variables = { keep: host.originals, kill_after: killAfter, ids, rows }
    await host.run('stop', command(shellFile('containers-stop/apply.sh', variables)))
  },

  async verify(step, host) {
    const chosen = chosenOf(step, await listContainers(host))
    const problems = chosen.flatMap(({ name, status, policy, ...rest }) => {
      if (isUp({ status }) && !step.disableRestartOnly)
        return [`container ${name}${ofProject(rest)} is ${status}`]
      return policy === 'no' ? [] : [`container ${name} has the restart policy ${policy}`]
    })
    if (problems.length > 0)
      throw new StepNotVerified(
        step.disableRestartOnly ? 'not every restart is disabled' : 'not every container is stopped',
        problems,
      )
    if (step.disableRestartOnly) return restartEvidence(step, chosen)
    const killed = chosen.filter(({ exitCode }) => exitCode === 137).map(({ name }) => name)
    return {
      summary:
        becauseOf(step, chosen) +
        (killed.length > 0
          ? `; killed (exit code 137), now or earlier: ${killed.slice(0, 10).join(', ')}`
          : ''),
      strength: 'observed',
      facts: {
        ...{ containers: chosen.length, killed, projects: step.projects },
        ...{ stopped: chosen.map(({ name }) => name), mounts: mountsOf(chosen) },
      },
    }
  },

  undoes: (step, { ran }) =>
    step.restartDisabled
      ? `nothing: the undo of the step with disableRestartOnly starts ${namesOf(step)}`
      : `restores the restart policies of ${namesOf(step)} and starts the ${countOf(ran.flat().length, 'container')} that ran`,

  async undo(step, { ran, stopped }, host) {
    if (step.restartDisabled) return []
    const variables = {
      keep: host.originals,
      ids: [...ran, stopped].flat().map(idIn).join(' '),
      restart_only: step.disableRestartOnly ? 'yes' : 'no',
      policies: [...ran.flat(), ...stopped],
      rows: ran.map((row) => row.map(idIn).join(' ')),
    }
    const script = shellFile('containers-stop/undo.sh', variables)
    const { stdout } = await host.run('start-again', command(script))
    return readFacts(stdout, { gone: many }).gone.map((id) => ({
      what: `container ${id}`,
      why: 'removed by others after the stop; it cannot be started again',
    }))
  },
})

/** Of `id policy`. */
function idIn(line: string): string {
  return line.split(' ')[0] ?? ''
}

function chosenOf({ projects, containers }: Step, all: readonly Container[]): Container[] {
  const named = containers.flatMap((wanted) => all.filter(({ name }) => name === wanted))
  const composed = all.filter(({ project, name }) => projects.includes(project) && !containers.includes(name))
  return [...composed, ...named]
}

function changesOf(container: Container): string[] {
  const { name, policy } = container
  if (!isUp(container))
    return policy === 'no' ? [] : [`disables the restart policy ${policy} of container ${name}`]
  return [`stops container ${name}${policy === 'no' ? '' : ` and disables its restart policy ${policy}`}`]
}

/** Includes running containers without a policy: the journal needs them, because an undo starts them. */
function restartChangesOf(container: Container): string[] {
  const { name, policy } = container
  if (!isUp(container)) return changesOf(container)
  return [
    `keeps container ${name} running${policy === 'no' ? '' : ` and disables its restart policy ${policy}`}`,
  ]
}

function restartEvidence(step: Step, chosen: readonly Container[]): Evidence {
  const up = chosen.filter(isUp)
  return {
    summary: `${up.length} of the ${countOf(chosen.length, 'container')} of ${namesOf(step)} run; the restart of all is disabled`,
    strength: 'observed',
    facts: { containers: chosen.length, running: up.length },
  }
}

function namesOf({ projects, containers }: Step): string {
  return [...projects, ...containers].join(', ').slice(0, 200)
}

function becauseOf(step: Step, chosen: readonly Container[]): string {
  if (chosen.length === 0) return `${namesOf(step)} has no container`
  return `${countOf(chosen.length, 'container')} of ${namesOf(step)} stopped, restart disabled`
}

function ofProject({ project }: { readonly project: string }): string {
  return project === '' ? '' : ` of project ${project}`
}

/** A prior state of this size fits into 4 KB. */
const MOST = 100

/** @throws StepRefused for a project without any container, volume or network: one that was taken down has volumes left */
async function refuseUnknown(
  { projects }: { readonly projects: readonly string[] },
  all: readonly Container[],
  host: HostView,
): Promise<void> {
  const running = new Set(all.map(({ project }) => project))
  if (projects.every((project) => running.has(project))) return
  const script = shellFile('containers-stop/known-projects.sh')
  const known = new Set([...running, ...(await host.ask(question(script))).split('\n')])
  known.delete('')
  const unknown = projects.find((project) => !known.has(project))
  if (unknown === undefined) return
  const names = [...known].sort().slice(0, 20).join(', ')
  throw new StepRefused(
    `this host has no container, volume or network of project ${unknown}. ` +
      (names === ''
        ? 'It has no project at all; is it the right host?'
        : `Its projects: ${names}; check the name`),
    { isOfPlan: true },
  )
}

/** @throws StepRefused where a stop would lose something, or could not be undone. */
function refuseToStop(chosen: readonly Container[]): void {
  const lost = chosen.find((container) => container.autoRemove && isUp(container))
  if (lost) {
    throw new StepRefused(
      `container ${lost.name} was started with --rm: a stop would delete it with its data. Copy the data out of it ` +
        'and stop it by hand first',
    )
  }
  const paused = chosen.find(({ status }) => status === 'paused')
  if (paused) throw new StepRefused(`container ${paused.name} is paused; unpause or stop it first`)
  if (chosen.length > MOST) {
    throw new StepRefused(`${chosen.length} containers are more than ${MOST}; name fewer projects per step`, {
      isOfPlan: true,
    })
  }
}
