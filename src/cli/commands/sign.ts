import type { Command } from 'commander'
import type { Choice } from '../../workflows/status.ts'
import { questionOf } from '../deciding.ts'
import { whoAmI } from '../plan-argument.ts'
import { signed } from '../signing.ts'
import { print } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly choice: string
  readonly digest: string
  readonly by?: string
  readonly key?: string
  readonly reason?: string
  readonly token?: string
}

export function define(command: Command): void {
  command
    .argument('<run>', 'the workflow that asks: the id of a run, or of its rollback')
    .argument('<decision>', 'an open decision, such as gate/cutover')
    .requiredOption('--choice <choice>', 'one of its answers, such as approve')
    .requiredOption('--digest <digest>', 'the digest of what is decided, as it is shown')
    .option('--by <name>', 'who decides, as allowed_signers names the key. Default: the login name')
    .option('--key <file>', 'an SSH key. Default: the only key of ssh-agent, then ~/.ssh/id_*')
    .option('--reason <text>', 'recorded with the answer')
    .option('--token <token>', 'the token of the decision, as it is shown. Default: read from Temporal')
    .addHelpText(
      'after',
      `
Prints the answer as JSON, to paste into the Temporal UI as the update or the signal decide. With --token it connects to nothing.

Example:
  reinstate sign guestbook-restore-20261121-0755 gate/cutover --choice approve --digest 1f0c22e6a6b1f5d2`,
    )
    .action(
      async (run: string, decision: string, { choice, by = whoAmI(), key, token, ...options }: Options) => {
        const asked = token ?? (await withTemporal((temporal) => questionOf(temporal, run, decision))).token
        // Validated by the run.
        const answer = { decision, choice: choice as Choice, by, ...options }
        print([JSON.stringify(await signed(answer, { token: asked, key }), null, 2)])
      },
    )
}
