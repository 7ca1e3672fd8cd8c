import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { pageOf } from '../../embedded/connection.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { readLog } from '../read-log.ts'
import { readStory } from '../read-once.ts'
import { markdownReport } from '../report/markdown-report.ts'
import { reportFiles } from '../report/report-files.ts'
import type { ReportFile, WantedFiles } from '../report/report-files.ts'
import { reportOf } from '../report/report-of.ts'
import { note, print } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

const HELP = `
Prints Markdown unless files are named. Works for a run that is over, that waits, or that goes on. Exits with 0 once the
report is made, however the run ended.

Example:
  reinstate report guestbook-restore-20261121-0755 --out reports`

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .option('--html <file>', 'writes one HTML file that loads nothing: to send on, or to print')
    .option('--markdown <file>', 'writes Markdown, with the timeline as .svg beside it')
    .option('--out <folder>', 'writes all three there, named after the run')
    .addHelpText('after', HELP)
    .action(async (run: string, wanted: WantedFiles) => {
      process.exitCode = await withTemporal(async (temporal) => {
        const story = await readStory(temporal, run)
        const log = await readLog(temporal, run)
        const report = reportOf(story, log, { now: new Date(), page: pageOf(temporal, run) })
        const files = reportFiles(report, wanted)
        for (const file of files) await write(file)
        if (files.length === 0) print([markdownReport(report).trimEnd()])
        return exitCodes.done
      })
    })
}

async function write({ path, content }: ReportFile): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  } catch (error) {
    throw new BadInput(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
  note(`wrote ${path}`)
}
