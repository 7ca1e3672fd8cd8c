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
    // For editors; covers only a part of the rules.
    pattern: '^(?!.*(?:^|/)\\.+(?:/|$))[^/*?\\[\\]{}$`\\\\]+(?:/[^/*?\\[\\]{}$`\\\\]+)*$',
  })

function wrong(path: string): string | undefined {
  const characters = characterProblem(path)
  if (characters) return characters
  if (path.startsWith('/')) return 'must be relative: not begin with "/"'
  const marks = shellCharacterProblem(path)
  if (marks) return marks
  const names = path.split('/')
  if (names.includes('')) return 'contains "//" or ends with "/"; remove it'
  // {services,...} in a shell without brace expansion creates a directory named "...".
  if (names.some((name) => /^\.+$/.test(name))) return 'contains a name that consists of dots'
  return isTooLong(path) ? 'is too long' : undefined
}
