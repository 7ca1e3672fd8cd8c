import type { Page } from '../explanations/page.ts'
import { columns } from './columns.ts'

/** A page as it is read in a terminal. */
export function pageLines({ id, name, severity, title, why, mend, example }: Page): readonly string[] {
  const heading = [id, name, severity].filter((part) => part !== undefined).join(' ')
  const block = (label: string, text: string): readonly string[] => [
    '',
    `  ${label}`,
    ...text.split('\n').map((line) => `    ${line}`),
  ]
  return [
    heading,
    `  ${title}.`,
    '',
    `  why   ${why}`,
    `  mend  ${mend}`,
    ...(example ? [...block('instead of', example.wrong), ...block('write', example.right)] : []),
  ]
}

/** One line to a page. */
export function pageList(pages: readonly Page[]): readonly string[] {
  return columns(
    pages.map(({ id, name, severity, title }) => [
      id,
      ...(name === undefined ? [] : [name, severity === 'warning' ? 'warning' : 'error']),
      title,
    ]),
    '  ',
  )
}
