import { z } from 'zod'

/** A path within a directory that the step names: `services/n8n`. */
export const relativePath = z
  .string()
  .superRefine((path, context) => {
    const message = wrong(path)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'relative path', description: 'A path within the directory, such as services/n8n' })

function wrong(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'holds a control character'
  if (path.startsWith('/')) return 'must be relative: not begin with "/"'
  if (path.startsWith('~')) return 'begins with "~", which only a shell knows; write the path out'
  if (/[*?[\]{}]/.test(path)) return 'holds a glob character; list the paths one by one'
  if (/[$`\\]/.test(path)) return 'holds "$", a backquote or a backslash; a path is taken literally'
  const names = path.split('/')
  if (names.includes('')) return 'holds "//" or ends with "/"; leave it out'
  // The seed's {services,...} made a directory of this name.
  if (names.some((name) => /^\.+$/.test(name))) return 'holds a name of dots only'
  if (path.length > 4000 || names.some((name) => Buffer.byteLength(name) > 255)) return 'is too long'
  return undefined
}
