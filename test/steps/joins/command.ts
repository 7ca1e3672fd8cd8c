import { command } from '../../../src/steps/command/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: command,
  cases: [
    {
      name: 'with an undo',
      fields: {
        script: `# Leaves a greeting.\nprintf '%s' "$GREETING" > /srv/greeting`,
        undo: 'rm /srv/greeting',
        verify: 'grep -x "hello" /srv/greeting',
        unless: 'test -e /srv/greeting',
        environment: { GREETING: 'hello' },
        idempotent: true,
        effects: [{ how: 'creates', what: 'path', name: '/srv/greeting' }],
      },
      arrange: 'true',
    },
    {
      name: 'a check',
      fields: { verify: 'test "$(cat /srv/greeting)" = "$GREETING"', environment: { GREETING: 'hello' } },
      arrange: 'printf hello > /srv/greeting',
    },
  ],
}
