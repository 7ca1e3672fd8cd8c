import { composeCall, dockerVerb } from './docker-commands.ts'
import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'
import { optionIn } from './arguments.ts'

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
    shellOf(steps).flatMap(({ source, command }) => {
      const call = composeCall(command)
      if (!call || !ACTS.test(call.verb)) return []
      const named =
        call.project !== undefined ||
        /\bCOMPOSE_PROJECT_NAME=/.test(source.text) ||
        'COMPOSE_PROJECT_NAME' in Object(source.step.values['environment'] ?? {})
      if (named) return []
      const { name, text } = command
      return foundIn(
        source,
        text,
        `${name === 'docker' ? 'docker compose' : name} has no project name and uses that of the directory`,
        'write -p NAME',
      )
    }),
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
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const compose = name === 'docker-compose' || (name === 'docker' && words[0] === 'compose')
      const down =
        compose && words.includes('down') && words.some((word) => word === '--volumes' || /^-v$/.test(word))
      const removed = name === 'docker' && words[0] === 'volume' && /^(rm|remove|prune)$/.test(words[1] ?? '')
      return down || removed
        ? foundIn(source, text, 'deletes volumes and every row in them', 'keep them')
        : []
    }),
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
