import { bare } from './command-behind.ts'
import { composeMounts, directoryOf, joined, type Mount } from './compose-mounts.ts'
import { composeCall, dockerVerb, startedInside, type ComposeCall } from './docker-words.ts'
import type { PlanView, StepView } from './rule.ts'
import { commandsIn } from './shell-commands.ts'
import { mapIn, scriptsOf, servicesOf, textsIn } from './sources.ts'

/** A step that starts containers, and what they then use. */
export interface Start {
  readonly step: StepView
  readonly project?: string
  readonly mounts: readonly Mount[]
}

const USUAL_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** Everything that a plan starts: with compose-up, and in commands with docker compose or docker run. */
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

/** Where no Compose file is known: volumes of the plan whose names stand in the step. */
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
        // As Compose names it where it is told nothing.
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

/** The files of a call; where it names none, those that Compose looks for, or the only one embedded in the plan. */
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
