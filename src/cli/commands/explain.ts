import type { Command } from 'commander'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { chapters, nearestPage, pageOf } from '../explanations/index.ts'
import type { Page } from '../explanations/page.ts'
import { columns } from '../rendering/columns.ts'
import { print, printJson } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument(
      '[word]',
      'a rule (R012), a code (unknown-kind), an error (HostUnreachable) or a term (digest); default: all',
    )
    .option('--json', 'prints the same as JSON')
    .addHelpText('after', '\nExample:\n  reinstate explain R012')
    .action((word: string | undefined, { json = false }: { readonly json?: boolean }) => {
      if (word === undefined) showAll(json)
      else showOne(word, json)
      process.exitCode = exitCodes.done
    })
}

function showAll(json: boolean): void {
  if (json) printJson(chapters)
  else
    print(
      chapters.flatMap(({ title, pages }, index) => [
        ...(index === 0 ? [] : ['']),
        title,
        ...pageList(pages),
      ]),
    )
}

function showOne(word: string, json: boolean): void {
  const page = pageOf(word)
  if (!page) {
    const meant = nearestPage(word)
    throw new BadInput(
      `there is nothing to explain by the name ${word}`,
      meant === undefined ? 'reinstate explain' : `reinstate explain ${meant}`,
    )
  }
  if (json) printJson(page)
  else print(pageLines(page))
}

/** A page as it is read in a terminal. */
export function pageLines({ id, name, severity, title, why, fix, example }: Page): readonly string[] {
  const heading = [id, name, severity].filter((part) => part !== undefined).join(' ')
  const block = (label: string, text: string): readonly string[] => [
    '',
    `  ${label}`,
    ...text.split('\n').map((line) => `    ${line}`),
  ]
  return [
    heading,
    `  ${title}.`,
    ...(why === undefined && fix === undefined ? [] : ['']),
    ...(why === undefined ? [] : [`  why  ${why}`]),
    ...(fix === undefined ? [] : [`  fix  ${fix}`]),
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
