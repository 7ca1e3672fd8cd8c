import { basename, join } from 'node:path'
import { htmlReport } from './html-report.ts'
import { markdownReport } from './markdown-report.ts'
import type { Report } from './report.ts'
import { timelinePicture } from './timeline-picture.ts'

/** Where a report is wanted: a folder for all of it, or files by name. */
export interface WantedFiles {
  readonly out?: string
  readonly html?: string
  readonly markdown?: string
}

export interface ReportFile {
  readonly path: string
  readonly content: string
}

/** The files of a report; the Markdown has its timeline beside it, as a picture of the same name. */
export function reportFiles(report: Report, { out, html, markdown }: WantedFiles): readonly ReportFile[] {
  const beside = (extension: string) => (out === undefined ? [] : [join(out, `${report.run}.${extension}`)])
  const pages = [...beside('html'), ...(html === undefined ? [] : [html])]
  const texts = [...beside('md'), ...(markdown === undefined ? [] : [markdown])]
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
