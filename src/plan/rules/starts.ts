import { bare } from './unwrap-command.ts'
import { composeMounts, directoryOf, joined, type Mount } from './compose-mounts.ts'
import { composeCall, dockerVerb, startedInside, type ComposeCall } from './docker-commands.ts'
import type { PlanView, StepView } from './rule.ts'
import { commandsIn } from './shell-commands.ts'
import { mapIn, scriptsOf, servicesOf, textsIn } from './sources.ts'

/** A step that starts containers, and what they mount. */
export interface Start {
  readonly step: StepView
  readonly project?: string
  readonly mounts: readonly Mount[]
}

const USUAL_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** Returns everything that a plan starts: by compose-up, and by docker compose or docker run in commands. */
export function startsOf(plan: PlanView): readonly Start[] {
  return plan.steps.flatMap((step) => {
    if (step.traits.startsStack) return [composeUp(step, plan)]
    return step.traits.runsScript ? startsIn(step, plan) : []
  })
}

function composeUp(step: StepView, plan: PlanView): Start {
  const { file, overrides, project: named, environment, services } = step.values
  const project = String(named)
  const mounts = composeMounts(
    {
      host: step.host,
      files: [...textsIn(file), ...textsIn(overrides)],
      project,
      environment: mapIn(environment),
      services: textsIn(services),
    },
    plan,
  )
  return { step, project, mounts: mounts ?? namedIn(step, project, plan) }
}

/** Without a known Compose file: volumes of the plan whose names occur in the step. */
function namedIn(step: StepView, project: string, plan: PlanView): readonly Mount[] {
  const words = new Set(JSON.stringify(step.values).split(/[^\w.-]+/))
  return plan.steps
    .flatMap(({ effects }) => effects)
    .filter(
      ({ what, how, name }) =>
        what === 'volume' &&
        how === 'creates' &&
        (words.has(name) || [...words].some((word) => name === `${project}_${word}`)),
    )
    .map(({ name }) => ({ what: 'volume', name, readOnly: false }))
}

function startsIn(step: StepView, plan: PlanView): readonly Start[] {
  return scriptsOf(step, ['script']).flatMap(({ text }) => {
    let directory: string | undefined
    return commandsIn(text).flatMap((command): readonly Start[] => {
      if (command.inside) return []
      if (command.name === 'cd') directory = bare(command.words[0] ?? '')
      const call = composeCall(command)
      if (call && /^(up|start|restart|create|unpause)$/.test(call.verb)) {
        const files = filesOf(call, directory, { step, plan })
        // The default project name of Compose.
        const project = call.project ?? directoryOf(files[0] ?? '').replace(/^.*\//, '')
        const environment = mapIn(step.values['environment'])
        const services = call.words.map(bare)
        const mounts = composeMounts({ host: step.host, files, project, environment, services }, plan)
        return [{ step, project, mounts: mounts ?? [] }]
      }
      const { verb, words } = dockerVerb(command)
      if (verb !== 'run' || !words.some((word) => /^(-\w*d\w*|--detach)$/.test(word))) return []
      const mounts = startedInside(command)?.inside.mounts ?? []
      return [
        {
          step,
          mounts: mounts.map(({ source, readOnly }) => ({
            what: source.startsWith('/') ? 'path' : 'volume',
            name: source,
            readOnly,
          })),
        },
      ]
    })
  })
}

/** Returns the files of a call. Default: those that Compose looks for, or the only embedded one. */
function filesOf(
  { files, directory: own }: ComposeCall,
  entered: string | undefined,
  { step, plan }: { readonly step: StepView; readonly plan: PlanView },
): readonly string[] {
  const directory = own ?? entered
  if (files.length > 0) return files.map((file) => joined(directory ?? '', file))
  const here = servicesOf(plan.steps.filter(({ host }) => host === step.host))
  const embedded = [...new Set(here.flatMap(({ step: { values } }) => textsIn(values['path'])))]
  const looked = embedded.filter(
    (path) =>
      (directory === undefined || directoryOf(path) === directory) &&
      USUAL_FILES.some((name) => path.endsWith(`/${name}`)),
  )
  return looked.length === 1 ? looked : embedded.length === 1 && directory === undefined ? embedded : []
}

/** Whether what was started is stopped or taken down before another step. */
export function stoppedBetween({ step, project }: Start, later: StepView, plan: PlanView): boolean {
  return plan.steps.some(
    (other) =>
      !other.traits.startsStack &&
      plan.before(step, other) &&
      plan.before(other, later) &&
      other.effects.some(
        ({ how, what, name, inPlace }) =>
          how !== 'reads' && !inPlace && what === 'project' && name === project,
      ),
  )
}
