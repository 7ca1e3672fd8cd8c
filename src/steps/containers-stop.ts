import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../errors.ts'
import { duration } from '../fields/duration.ts'
import { containerName, projectName } from '../fields/names.ts'
import type { HostView } from '../host/host.ts'
import { command, question } from '../shell/command.ts'
import { sh } from '../shell/script.ts'
import { isUp, lookAtContainers, shortId, type KnownContainer } from './containers.ts'
import { startAgain, stopInOrder } from './containers-stop-scripts.ts'
import { many, readFacts } from './facts.ts'
import { inStartOrder } from './start-order.ts'
import { stepKind, type Values } from './step-kind.ts'

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
  killAfter: duration
    .default(60)
    .meta({ title: 'duration', description: 'How long each may take to end before it is killed' }),
}
type Step = Values<typeof fields>

/** Containers by the first 12 characters of their ids, each with its restart policy: `3f0c… unless-stopped`. */
interface Seen {
  /** Those that ran, in the order in which an undo starts them. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly [key: string]: readonly (readonly string[] | string)[]
}

/** What fits into `seen` with room to spare. */
const MOST = 100

/**
 * Stops what is named, and nothing else, so that it does not come back with a reboot either: restart policies are set
 * aside first. An undo gives them back and starts exactly what ran, databases first.
 */
export const containersStop = stepKind({
  kind: 'containers-stop',
  summary: 'No container of the named projects runs, and none of them would start again by itself',
  fields,
  outputs: [],
  timeoutMinutes: 30,
  usualSeconds: 4,

  objection: ({ projects, containers }) =>
    projects.length + containers.length === 0 ? 'needs projects: or containers:' : undefined,
  describe: ({ projects, containers }) =>
    `stop ${[...projects.map((name) => `project ${name}`), ...containers.map((name) => `container ${name}`)].join(', ')}`.slice(
      0,
      160,
    ),
  touches: ({ projects, containers }) => [
    ...projects.map((name) => ({ how: 'changes', what: 'project', name }) as const),
    ...containers.map((name) => ({ how: 'changes', what: 'container', name }) as const),
  ],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  async look(step, host) {
    const all = await lookAtContainers(host)
    const missing = step.containers.find((wanted) => !all.some(({ name }) => name === wanted))
    if (missing !== undefined) return { later: `container ${missing}` }
    const chosen = chosenOf(step, all)
    if (step.mustExist) await refuseUnheardOf(step, all, host)
    refuseToStop(chosen)
    const line = (container: KnownContainer) => `${shortId(container)} ${container.policy}`
    const seen: Seen = {
      ran: inStartOrder(chosen.filter(isUp)).map((row) => row.map(line)),
      stopped: chosen.filter((container) => !isUp(container)).map(line),
    }
    const changes = chosen.flatMap((container) => changesOf(container))
    return { seen, changes, ...(changes.length === 0 && { because: becauseOf(step, chosen) }) }
  },

  async run({ killAfter }, { ran, stopped }, host) {
    await host.run('stop', command(stopInOrder({ ran, stopped, killAfter }, host)))
    return {}
  },

  async verify(step, host) {
    const chosen = chosenOf(step, await lookAtContainers(host))
    const wrong = chosen.flatMap(({ name, status, policy, ...rest }) => {
      if (isUp({ status })) return [`container ${name}${ofProject(rest)} is ${status}`]
      return policy === 'no' ? [] : [`container ${name} would be started again by its policy ${policy}`]
    })
    if (wrong.length > 0) throw new StepNotVerified('not everything is stopped', wrong)
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

  async undo(_step, { ran, stopped }, host) {
    const { stdout } = await host.run('start-again', command(startAgain({ ran, stopped }, host)))
    return readFacts(stdout, { gone: many }).gone.map((id) => ({
      what: `container ${id}`,
      why: 'somebody removed it after it was stopped; it cannot be started again',
    }))
  },
})

function chosenOf({ projects, containers }: Step, all: readonly KnownContainer[]): KnownContainer[] {
  const named = containers.flatMap((wanted) => all.filter(({ name }) => name === wanted))
  const composed = all.filter(({ project, name }) => projects.includes(project) && !containers.includes(name))
  return [...composed, ...named]
}

/** A project that was taken down has left its volumes, as a rule. @throws StepRefused for one that has left nothing */
async function refuseUnheardOf(
  { projects }: Step,
  all: readonly KnownContainer[],
  host: HostView,
): Promise<void> {
  const running = new Set(all.map(({ project }) => project))
  if (projects.every((project) => running.has(project))) return
  const label = '{{.Label "com.docker.compose.project"}}'
  const script = sh`docker volume ls --format ${label} && docker network ls --format ${label}`
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

function changesOf(container: KnownContainer): string[] {
  const { name, policy } = container
  const set = policy === 'no' ? '' : ` its restart policy ${policy}`
  if (isUp(container)) return [`stops container ${name}${set && ` and sets aside${set}`}`]
  return set ? [`sets aside${set.replace('its', 'the')} of container ${name}, which does not run`] : []
}

function becauseOf({ projects, containers }: Step, chosen: readonly KnownContainer[]): string {
  const of = [...projects, ...containers].join(', ').slice(0, 200)
  if (chosen.length === 0) return `there is no container of ${of}`
  const [all, none] =
    chosen.length === 1 ? ['the 1 container', 'it'] : [`the ${chosen.length} containers`, 'they']
  return `${all} of ${of} ${chosen.length === 1 ? 'does' : 'do'} not run, and ${none} would not start again by ${none === 'it' ? 'itself' : 'themselves'}`
}

function ofProject({ project }: { readonly project: string }): string {
  return project === '' ? '' : ` of project ${project}`
}
