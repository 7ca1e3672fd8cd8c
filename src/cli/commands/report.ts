import type { Command } from 'commander'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pageOf } from '../../embedded/connection.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { htmlReport } from '../report/html-report.ts'
import { markdownReport } from '../report/markdown-report.ts'
import { reportOf } from '../report/report-of.ts'
import type { Report } from '../report/report.ts'
import { standupMarkdown, standupOf } from '../report/standup.ts'
import { timelinePicture } from '../report/timeline-picture.ts'
import { readEvents, readRun } from '../run/read-run.ts'
import { timeMeant } from '../since.ts'
import { note, print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

const HELP = `
Prints Markdown by default. Works for open and closed runs. Exits with 0 when the report is written, however the run ended.

Examples:
  reinstate report guestbook-restore-20261121-0755 --out reports
  reinstate report guestbook-restore-20261121-0755 --standup --since 24h`

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .option('--html <file>', 'writes one self-contained HTML file')
    .option('--markdown <file>', 'writes Markdown, with the timeline as a .svg file next to it')
    .option('--out <folder>', 'writes all three files there, named after the run')
    .option(
      '--standup',
      'prints what is done, runs, is blocked and comes next, by role, as a comment for an issue',
    )
    .option(
      '--since <when>',
      'with --standup: what was done since then: 24h, 90s, or an ISO time. Default: 24h',
    )
    .option('--json', 'with --standup: prints it as JSON')
    .addHelpText('after', HELP)
    .action(async (run: string, { standup = false, since, json = false, ...wanted }: Options) => {
      if (!standup && (json || since !== undefined))
        throw new BadInput('--since and --json need --standup', `reinstate report ${run} --standup`)
      const now = new Date()
      const from = timeMeant(since ?? '24h', now)
      process.exitCode = await withTemporal(async (temporal) => {
        const snapshot = await readRun(temporal, run)
        if (standup) {
          const said = standupOf(snapshot, { since: from, now })
          if (json) printJson(said)
          else print([standupMarkdown(said)])
          return exitCodes.done
        }
        const log = await readEvents(temporal, run)
        const report = reportOf(snapshot, log, { now, page: pageOf(temporal, run) })
        const files = reportFiles(report, wanted)
        for (const file of files) await write(file)
        if (files.length === 0) print([markdownReport(report).trimEnd()])
        return exitCodes.done
      })
    })
}

interface Options extends WantedFiles {
  readonly standup?: boolean
  readonly since?: string
  readonly json?: boolean
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

/** Where to write a report: a folder for all files, or single files. */
export interface WantedFiles {
  readonly out?: string
  readonly html?: string
  readonly markdown?: string
}

export interface ReportFile {
  readonly path: string
  readonly content: string
}

/** The files of a report. The timeline of the Markdown is an .svg file of the same name. */
export function reportFiles(report: Report, { out, html, markdown }: WantedFiles): readonly ReportFile[] {
  const inFolder = (extension: string) => (out === undefined ? [] : [join(out, `${report.run}.${extension}`)])
  const pages = [...inFolder('html'), ...(html === undefined ? [] : [html])]
  const texts = [...inFolder('md'), ...(markdown === undefined ? [] : [markdown])]
  return [
    ...pages.map((path) => ({ path, content: htmlReport(report) })),
    ...texts.flatMap((path) => {
      const picture = `${path.replace(/\.(md|markdown)$/i, '')}.svg`
      return [
        { path, content: markdownReport(report, basename(picture)) },
        { path: picture, content: `${timelinePicture(report.timeline)}\n` },
      ]
    }),
  ]
}
