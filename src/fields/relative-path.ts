import { z } from 'zod'
import { isTooLong, characterProblem, shellCharacterProblem } from './path-characters.ts'

/** A path within a directory that the step names: `services/n8n`. */
export const relativePath = z
  .string()
  .superRefine((path, context) => {
    const message = wrong(path)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({
    title: 'relative path',
    description: 'A path within the directory, such as services/n8n',
    // As much as a pattern can say, for editors.
    pattern: '^(?!.*(?:^|/)\\.+(?:/|$))[^/*?\\[\\]{}$`\\\\]+(?:/[^/*?\\[\\]{}$`\\\\]+)*$',
  })

function wrong(path: string): string | undefined {
  const characters = characterProblem(path)
  if (characters) return characters
  if (path.startsWith('/')) return 'must be relative: not begin with "/"'
  const marks = shellCharacterProblem(path)
  if (marks) return marks
  const names = path.split('/')
  if (names.includes('')) return 'holds "//" or ends with "/"; leave it out'
  // The seed's {services,...} made a directory of this name.
  if (names.some((name) => /^\.+$/.test(name))) return 'holds a name of dots only'
  return isTooLong(path) ? 'is too long' : undefined
}
