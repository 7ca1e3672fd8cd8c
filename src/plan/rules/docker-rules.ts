import { countOf } from '../../steps/format.ts'
import { argumentsOf, optionIn } from './arguments.ts'
import { composeCall, dockerVerb } from './docker-commands.ts'
import { hasRunId } from './resources.ts'
import type { PlanView, Rule } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import { foundIn, shellOf, type Source } from './sources.ts'
import { bare } from './unwrap-command.ts'

const ACTS =
  /^(up|down|stop|start|restart|rm|kill|create|run|exec|pause|unpause|scale|cp|ps|logs|top|port|attach|wait|events|stats|watch)$/

export const projectFollowsDirectory: Rule = {
  id: 'R010',
  name: 'project-follows-directory',
  severity: 'error',
  title: 'docker compose is called without a project name',
  why: 'The name then follows the directory. When the directory is renamed, up starts the stack on other volumes, old or empty ones: the containers are healthy and the data is wrong.',
  fix: 'Use compose-up, or write -p NAME.',
  example: {
    wrong: `script: docker compose -f /srv/shop/compose.yaml up -d`,
    right: `script: docker compose -p shop -f /srv/shop/compose.yaml up -d`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      // One violation for a step: the fix of all its calls is the same.
      const calls = shellOf([step]).filter(({ source, command }) => isUnnamed(command, source))
      const [first] = calls
      if (!first) return []
      const { name, text } = first.command
      const more = calls.length > 1 ? ` (and ${countOf(calls.length - 1, 'more call')} in this step)` : ''
      return foundIn(
        first.source,
        text,
        `${name === 'docker' ? 'docker compose' : name} has no project name and uses that of the directory${more}`,
        'write -p NAME',
      )
    }),
}

/** Whether it is a call of docker compose on the containers of a project that it does not name. */
function isUnnamed(command: ShellCommand, { text, step }: Source): boolean {
  const call = composeCall(command)
  return (
    call !== undefined &&
    ACTS.test(call.verb) &&
    call.project === undefined &&
    !/\bCOMPOSE_PROJECT_NAME=/.test(text) &&
    !('COMPOSE_PROJECT_NAME' in Object(step.values['environment'] ?? {}))
  )
}

export const composeV1: Rule = {
  id: 'R011',
  name: 'compose-v1',
  severity: 'warning',
  title: 'docker-compose (Compose v1) is called',
  why: 'Hosts have Compose v2, the plugin docker compose. Version 1 is missing there, or names containers differently and starts them a second time.',
  fix: 'Use docker compose, or compose-up.',
  example: { wrong: `script: docker-compose -p shop stop`, right: `script: docker compose -p shop stop` },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, text } }) =>
      name === 'docker-compose'
        ? foundIn(source, text, 'docker-compose is Compose v1, which hosts do not have')
        : [],
    ),
}

export const deletesVolumes: Rule = {
  id: 'R021',
  name: 'deletes-volumes',
  severity: 'error',
  title: 'A command deletes volumes',
  why: 'A volume that was in use holds rows that exist nowhere else, and no rollback restores them.',
  fix: 'Keep volumes: a restore uses a fresh one. compose-down keeps them.',
  example: {
    wrong: `script: docker compose -p shop down -v`,
    right: `script: docker compose -p shop down`,
  },
  find: (plan) =>
    shellOf(plan.steps, ['script', 'undo']).flatMap(({ source, command }) =>
      deletesForeignVolume(command, source, plan)
        ? foundIn(source, command.text, 'deletes volumes and every row in them', 'keep them')
        : [],
    ),
}

/** Whether a command deletes a volume that neither its step nor an earlier one created. */
function deletesForeignVolume(command: ShellCommand, source: Source, plan: PlanView): boolean {
  const call = composeCall(command)
  if (call?.verb === 'down')
    return (
      call.words.some((word) => word === '--volumes' || word === '-v') &&
      !(call.project !== undefined && isMade('project', call.project, source, plan))
    )
  const { name, words, byXargs } = command
  if (name !== 'docker' || words[0] !== 'volume' || !/^(rm|remove|prune)$/.test(words[1] ?? '')) return false
  const names = argumentsOf(words.slice(2)).plain
  return byXargs || names.length === 0 || names.some((one) => !isMade('volume', one, source, plan))
}

/** Whether the run made it: by its name, by the step's own script, or by the effects of this step or an earlier one. */
function isMade(
  what: 'project' | 'volume',
  written: string,
  { step, text }: Source,
  plan: PlanView,
): boolean {
  const name = valueIn(text, written)
  if (hasRunId(name, plan)) return true
  const byPlan = [step, ...plan.steps.filter((one) => plan.before(one, step))].some(({ effects }) =>
    effects.some(
      (made) => made.how === 'creates' && made.what === what && made.name === name && made.host === step.host,
    ),
  )
  return byPlan || (what === 'volume' && createdIn([text, step.values['script']].join('\n'), name))
}

/** Whether a script creates the volume, under its name or into a variable. */
function createdIn(script: string, name: string): boolean {
  return commandsIn(script).some(
    ({ name: program, words }) =>
      program === 'docker' &&
      words[0] === 'volume' &&
      words[1] === 'create' &&
      argumentsOf(words.slice(2), /^(-d|-o|--driver|--label|--opt|--name)$/).plain.includes(name),
  )
}

/** Returns the value of a variable that the script sets once; any other word as it is. */
function valueIn(script: string, word: string): string {
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(word) ?? []
  if (variable === undefined) return word
  const values = [...script.matchAll(new RegExp(`(?:^|[\\s;&])${variable}=("[^"\\n]*"|\\S+)`, 'g'))]
  return values.length === 1 ? bare(values[0]?.[1] ?? word) : word
}

const CHANGES = /^(stop|start|restart|kill|rm|rmi|up|down|create|run|pause|unpause|prune|rename|update|tag)$/

export const undeclaredEffects: Rule = {
  id: 'R024',
  name: 'undeclared-effects',
  severity: 'warning',
  title: 'A command changes Docker objects without declaring it',
  why: 'Scope, order and collisions are checked by declared effects. Those of a command are unknown unless it declares them.',
  fix: 'Write effects: a list of how, what and name.',
  example: {
    wrong: `script: docker compose -p shop stop
undo: docker compose -p shop start`,
    right: `script: docker compose -p shop stop
undo: docker compose -p shop start
effects: [{ how: modifies, what: project, name: shop }]`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      if (!step.traits.runsScript || step.declared.length > 0) return []
      const [change] = shellOf([step], ['script']).filter(({ command: { name, words } }) => {
        if (name !== 'docker' && name !== 'docker-compose') return false
        return words.some((word) => CHANGES.test(word))
      })
      if (!change) return []
      return foundIn(
        change.source,
        change.command.text,
        `${step.id} declares no effects`,
        'write effects: how, what and name',
      )
    }),
}

export const killAsTest: Rule = {
  id: 'R027',
  name: 'kill-as-test',
  severity: 'warning',
  title: 'docker kill disables the restart policy',
  why: 'The engine treats docker kill as a manual stop and does not restart the container. As a crash test it shows the opposite, and the container stays down.',
  fix: `To test a crash, kill the container's first process from the host: kill -9 "$(docker inspect --format '{{.State.Pid}}' NAME)". From inside (docker exec) the signal has no effect. To stop for good, use containers-stop.`,
  example: {
    wrong: `script: docker kill shop-web-1`,
    right: `script: kill -9 "$(docker inspect --format '{{.State.Pid}}' shop-web-1)"`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const { verb, words } = dockerVerb(command)
      const signal = optionIn(words, '-s', '--signal') ?? 'KILL'
      // Programs take other signals, such as HUP, as requests.
      if (verb !== 'kill' || !/^(SIG)?KILL$|^9$/i.test(signal)) return []
      return foundIn(
        source,
        command.text,
        'docker kill disables the restart policy',
        'kill the first process from the host',
      )
    }),
}
