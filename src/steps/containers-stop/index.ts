import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { duration } from '../../fields/duration.ts'
import { containerName, projectName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { isUp, listContainers, shortId, type KnownContainer } from '../shared/containers.ts'
import { many, readFacts } from '../facts.ts'
import { inStartOrder } from '../shared/start-order.ts'
import { changeKind, blockedOnContainer, blockedOnMissing, type Evidence, type Values } from '../step-kind.ts'

const fields = {
  projects: z
    .array(projectName)
    .max(50)
    .default([])
    .meta({ description: 'Compose projects: every container of them, also those of "compose run"' }),
  containers: z
    .array(containerName)
    .max(50)
    .default([])
    .meta({ description: 'Containers of no project by name; stopped last to first, before the projects' }),
  mustExist: z.boolean().default(false).meta({
    description:
      'Whether a project of which the host has no container, volume or network is refused, as one that is misspelt; unless said there is nothing to do',
  }),
  disableRestartOnly: z.boolean().default(false).meta({
    description:
      'Whether they go on, and only their restart policies are set aside: for a later step that stops them, with restartDisabled: true',
  }),
  restartDisabled: z.boolean().default(false).meta({
    description:
      'Whether an earlier step, with disableRestartOnly: true, set their policies aside: its undo starts them again, and that of this step leaves them stopped',
  }),
  killAfter: duration
    .default(60)
    .meta({ title: 'duration', description: 'How long each may take to end before it is killed' }),
}
type Step = Values<typeof fields>

/** Containers by the first 12 characters of their ids, each with its restart policy: `3f0c… unless-stopped`. */
interface Prior {
  /** Those that ran, in the order in which an undo starts them. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly [key: string]: readonly (readonly string[] | string)[]
}

/**
 * Stops what is named, and nothing else, so that it does not come back with a reboot either: restart policies are set
 * aside first. An undo gives them back and starts exactly what ran, databases first. Where something is to be done
 * between the two, such as a move under containers that still serve, it takes two steps, the first with disableRestartOnly: what
 * lies between is undone before anything is started again.
 */
export const containersStop = changeKind({
  kind: 'containers-stop',
  summary: 'No container of the named projects runs, and none of them would start again by itself',
  fields,
  timeoutMinutes: 30,
  usualSeconds: 2,
  // Starting takes twice as long, or more where it waits for health.
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
    `${disableRestartOnly ? 'set aside the restart policies of' : 'stop'} ${[...projects.map((name) => `project ${name}`), ...containers.map((name) => `container ${name}`)].join(', ')}`,
  effects: ({ projects, containers }) => [
    ...projects.map((name) => ({ how: 'modifies', what: 'project', name }) as const),
    ...containers.map((name) => ({ how: 'modifies', what: 'container', name }) as const),
  ],

  async inspect(step, host) {
    const all = await listContainers(host)
    const missing = step.containers.find((wanted) => !all.some(({ name }) => name === wanted))
    if (missing !== undefined) return blockedOnMissing('container', missing, `container ${missing}`)
    const chosen = chosenOf(step, all)
    if (step.mustExist) await refuseUnheardOf(step, all, host)
    refuseToStop(chosen)
    const loose = chosen.find(({ policy }) => step.restartDisabled && policy !== 'no')
    if (loose)
      return blockedOnContainer(loose.name, `the restart policy of container ${loose.name} to be set aside`)
    const line = (container: KnownContainer) => `${shortId(container)} ${container.policy}`
    const priorState: Prior = {
      ran: inStartOrder(chosen.filter(isUp)).map((row) => row.map(line)),
      stopped: chosen.filter((container) => !isUp(container)).map(line),
    }
    const changes = chosen.flatMap(step.disableRestartOnly ? holdsOf : changesOf)
    return { priorState, changes, ...(changes.length === 0 && { because: becauseOf(step, chosen) }) }
  },

  async apply({ killAfter, disableRestartOnly }, { ran, stopped }, host) {
    const rows = disableRestartOnly ? [] : ran.toReversed().map((row) => row.map(idIn).join(' '))
    const ids = [...ran, stopped].flat().map(idIn).join(' ')
    const variables = { keep: host.originals, kill_after: killAfter, ids, rows }
    await host.run('stop', command(shellFile('containers-stop/apply.sh', variables)))
  },

  async verify(step, host) {
    const chosen = chosenOf(step, await listContainers(host))
    const wrong = chosen.flatMap(({ name, status, policy, ...rest }) => {
      if (isUp({ status }) && !step.disableRestartOnly)
        return [`container ${name}${ofProject(rest)} is ${status}`]
      return policy === 'no' ? [] : [`container ${name} would be started again by its policy ${policy}`]
    })
    if (wrong.length > 0)
      throw new StepNotVerified(
        step.disableRestartOnly ? 'not everything is held' : 'not everything is stopped',
        wrong,
      )
    if (step.disableRestartOnly) return heldEvidence(step, chosen)
    const killed = chosen.filter(({ exitCode }) => exitCode === 137).map(({ name }) => name)
    return {
      summary:
        becauseOf(step, chosen) +
        (killed.length > 0
          ? `; ended by a kill (exit code 137), now or earlier: ${killed.slice(0, 10).join(', ')}`
          : ''),
      strength: 'observed',
      facts: { containers: chosen.length, killed },
    }
  },

  async undo(step, { ran, stopped }, host) {
    if (step.restartDisabled) return []
    const variables = {
      keep: host.originals,
      policies: [...ran.flat(), ...stopped],
      rows: ran.map((row) => row.map(idIn).join(' ')),
    }
    const script = shellFile('containers-stop/undo.sh', variables)
    const { stdout } = await host.run('start-again', command(script))
    return readFacts(stdout, { gone: many }).gone.map((id) => ({
      what: `container ${id}`,
      why: 'somebody removed it after it was stopped; it cannot be started again',
    }))
  },
})

/** Of `id policy`. */
function idIn(line: string): string {
  return line.split(' ')[0] ?? ''
}

function chosenOf({ projects, containers }: Step, all: readonly KnownContainer[]): KnownContainer[] {
  const named = containers.flatMap((wanted) => all.filter(({ name }) => name === wanted))
  const composed = all.filter(({ project, name }) => projects.includes(project) && !containers.includes(name))
  return [...composed, ...named]
}

function changesOf(container: KnownContainer): string[] {
  const { name, policy } = container
  const set = policy === 'no' ? '' : ` its restart policy ${policy}`
  if (isUp(container)) return [`stops container ${name}${set && ` and sets aside${set}`}`]
  return set ? [`sets aside${set.replace('its', 'the')} of container ${name}, which does not run`] : []
}

/** Also for one without a policy: it is in the journal then, and an undo starts it. */
function holdsOf(container: KnownContainer): string[] {
  const { name, policy } = container
  if (!isUp(container)) return changesOf(container)
  return [`holds container ${name}${policy === 'no' ? '' : `: sets aside its restart policy ${policy}`}`]
}

function heldEvidence(step: Step, chosen: readonly KnownContainer[]): Evidence {
  const up = chosen.filter(isUp)
  return {
    summary: `${up.length} of the ${chosen.length} containers of ${namesOf(step)} run on; none would start again by itself`,
    strength: 'observed',
    facts: { containers: chosen.length, running: up.length },
  }
}

function namesOf({ projects, containers }: Step): string {
  return [...projects, ...containers].join(', ').slice(0, 200)
}

function becauseOf(step: Step, chosen: readonly KnownContainer[]): string {
  const of = namesOf(step)
  if (chosen.length === 0) return `there is no container of ${of}`
  const [all, none] =
    chosen.length === 1 ? ['the 1 container', 'it'] : [`the ${chosen.length} containers`, 'they']
  return `${all} of ${of} ${chosen.length === 1 ? 'does' : 'do'} not run, and ${none} would not start again by ${none === 'it' ? 'itself' : 'themselves'}`
}

function ofProject({ project }: { readonly project: string }): string {
  return project === '' ? '' : ` of project ${project}`
}

/** What fits into the prior state with room to spare. */
const MOST = 100

/** A project that was taken down has left its volumes, as a rule. @throws StepRefused for one that has left nothing */
async function refuseUnheardOf(
  { projects }: { readonly projects: readonly string[] },
  all: readonly KnownContainer[],
  host: HostView,
): Promise<void> {
  const running = new Set(all.map(({ project }) => project))
  if (projects.every((project) => running.has(project))) return
  const script = shellFile('containers-stop/known-projects.sh')
  const known = new Set([...running, ...(await host.ask(question(script))).split('\n')])
  known.delete('')
  const unheardOf = projects.find((project) => !known.has(project))
  if (unheardOf === undefined) return
  const names = [...known].sort().slice(0, 20).join(', ')
  throw new StepRefused(
    `this host knows no project ${unheardOf}: it has no container, volume or network of it. ` +
      (names === '' ? 'It knows none at all; is it the right host?' : `It knows ${names}; check the name`),
  )
}

/** @throws StepRefused where stopping would lose something, or could not be taken back. */
function refuseToStop(chosen: readonly KnownContainer[]): void {
  const lost = chosen.find((container) => container.autoRemove && isUp(container))
  if (lost) {
    throw new StepRefused(
      `container ${lost.name} was started with --rm: stopping it would delete it with what it wrote. Take what is ` +
        'needed out of it and stop it by hand first',
    )
  }
  const paused = chosen.find(({ status }) => status === 'paused')
  if (paused) throw new StepRefused(`container ${paused.name} is paused; unpause or stop it first`)
  if (chosen.length > MOST) {
    throw new StepRefused(
      `${chosen.length} containers are more than ${MOST}; name fewer projects in one step`,
    )
  }
}
