import { rules } from '../../plan/rules/index.ts'
import { nearest } from '../../diagnostics/suggestions.ts'
import { errorPages } from './errors.ts'
import { glossary } from './glossary.ts'
import type { Page } from './page.ts'
import { planCodes } from './plan-codes.ts'
import { statePages } from './states.ts'
import { yamlCodes } from './yaml-codes.ts'

/** All explanations, in the order of the reference. */
export const chapters: readonly { readonly title: string; readonly pages: readonly Page[] }[] = [
  { title: 'Rules', pages: rules },
  { title: 'Problems in a plan', pages: planCodes },
  { title: 'Problems in a file', pages: yamlCodes },
  { title: 'Errors of a run', pages: errorPages },
  { title: 'States of a run', pages: statePages },
  { title: 'Glossary', pages: glossary },
]

/** Finds a page by id, or a rule by name. Ignores case, and takes `-` for a blank. */
export function pageOf(word: string): Page | undefined {
  const wanted = word.toLowerCase()
  const pages = chapters.flatMap((chapter) => chapter.pages)
  const page = pages.find(({ id, name }) =>
    [id.toLowerCase(), id.replaceAll(' ', '-'), name].includes(wanted),
  )
  // Codes such as bad-volume share a page.
  return page ?? (/^bad-[a-z]+$/.test(wanted) ? pages.find(({ id }) => id === 'bad-value') : undefined)
}

/** Returns the id or name nearest to a word. */
export function nearestPage(word: string): string | undefined {
  return nearest(
    word,
    chapters.flatMap(({ pages }) =>
      pages.flatMap(({ id, name }) => (name === undefined ? [id] : [id, name])),
    ),
  )
}
