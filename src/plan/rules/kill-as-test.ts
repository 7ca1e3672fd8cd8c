import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const killAsTest: Rule = {
  id: 'R027',
  name: 'kill-as-test',
  severity: 'warning',
  title: 'docker kill is used, which switches the restart policy off',
  why: 'A container that was killed so stays down: as a test of a crash it shows the opposite, and after it nothing comes back by itself.',
  mend: 'Kill the process inside: docker exec NAME kill -9 1 does nothing to the policy; to stop for good, use containers-stop.',
  example: {
    wrong: `script: docker kill shop-web-1`,
    right: `script: docker exec shop-web-1 sh -c 'kill -9 $(pidof web)'`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, words, text } }) =>
      name === 'docker' &&
      (words[0] === 'kill' || (words[0] === 'container' && words[1] === 'kill')) &&
      !words.some((word) => /^(-s|--signal)/.test(word))
        ? foundIn(source, text, 'docker kill switches the restart policy off', 'kill the process inside')
        : [],
    ),
}
