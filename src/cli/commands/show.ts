import type { Command } from 'commander'
import { pageOf } from '../../embedded/connection.ts'
import { exitCodeFor } from '../outcome.ts'
import { readStory } from '../read-once.ts'
import { showLines } from '../rendering/show-lines.ts'
import { storyForScripts } from '../story.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .option('--json', 'prints it as JSON')
    .addHelpText('after', '\nExample:\n  reinstate show guestbook-restore-20261121-0755')
    .action(async (run: string, { json = false }: { readonly json?: boolean }) => {
      process.exitCode = await withTemporal(async (temporal) => {
        const story = await readStory(temporal, run)
        if (json) printJson(storyForScripts(story))
        else print(showLines(story, { now: new Date(), page: pageOf(temporal, run) }))
        return exitCodeFor(story)
      })
    })
}
