import type { Rule } from './rule.ts'
import { optionIn } from './arguments.ts'
import { dockerVerb } from './docker-words.ts'
import { foundIn, shellOf } from './sources.ts'

export const killAsTest: Rule = {
  id: 'R027',
  name: 'kill-as-test',
  severity: 'warning',
  title: 'docker kill is used, which switches the restart policy off',
  why: 'The engine takes docker kill for a stop by hand and does not start the container again. As a test of a crash it shows the opposite, and the container stays down.',
  fix: `To test a crash, kill the container's first process from the host: kill -9 "$(docker inspect --format '{{.State.Pid}}' NAME)". The same from inside (docker exec) has no effect. To stop for good, use containers-stop.`,
  example: {
    wrong: `script: docker kill shop-web-1`,
    right: `script: kill -9 "$(docker inspect --format '{{.State.Pid}}' shop-web-1)"`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const { verb, words } = dockerVerb(command)
      const signal = optionIn(words, '-s', '--signal') ?? 'KILL'
      // Others are sent to programs that take them for a request, such as HUP.
      if (verb !== 'kill' || !/^(SIG)?KILL$|^9$/i.test(signal)) return []
      return foundIn(
        source,
        command.text,
        'docker kill switches the restart policy off',
        'kill the first process from the host',
      )
    }),
}
