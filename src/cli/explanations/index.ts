import { rules } from '../../plan/rules/index.ts'
import { nearest } from '../../diagnostics/suggestions.ts'
import { errorPages } from './errors.ts'
import type { Page } from './page.ts'
import { planCodes } from './plan-codes.ts'
import { yamlCodes } from './yaml-codes.ts'

/** All pages, in the order of the reference. */
export const chapters: readonly { readonly title: string; readonly pages: readonly Page[] }[] = [
  { title: 'Rules', pages: rules },
  { title: 'Problems in a plan', pages: planCodes },
  { title: 'Problems in a file', pages: yamlCodes },
  { title: 'Errors of a run', pages: errorPages },
]

/** The page of a rule by its number or name, of a code or of an error. Capitals do not matter. */
export function pageOf(word: string): Page | undefined {
  const wanted = word.toLowerCase()
  const pages = chapters.flatMap((chapter) => chapter.pages)
  const page = pages.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted)
  // All codes `bad-TYPE` share one page.
  return page ?? (/^bad-[a-z]+$/.test(wanted) ? pages.find(({ id }) => id === 'bad-value') : undefined)
}

/** The page with the most similar name. */
export function nearestPage(word: string): string | undefined {
  return nearest(
    word,
    chapters.flatMap(({ pages }) =>
      pages.flatMap(({ id, name }) => (name === undefined ? [id] : [id, name])),
    ),
  )
}
