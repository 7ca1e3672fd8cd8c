import { z } from 'zod'
import { isIn } from './is-in.ts'
import { isTooLong, characterProblem, shellCharacterProblem } from './path-characters.ts'

/** Directories of the system. A step may use what is inside them, not the directories themselves. */
const systemDirectories = new Set(
  (
    '/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr ' +
    '/usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/cache /var/lib /var/lib/docker ' +
    '/var/lib/docker/volumes /var/log /var/run /var/tmp'
  ).split(' '),
)

/** Trees that only the kernel, the engine or reinstate write to. */
const reservedTrees = ['/dev', '/proc', '/sys', '/var/lib/docker', '/var/lib/reinstate']

/** A pattern for editors, which covers only a part of the rules: no empty names, dots, globs or variables. */
const names =
  '(?!.*(?:^|/)\\.{1,2}(?:/|$))[^/*?\\[\\]{}$`~\\\\\\u0000-\\u001f]+(?:/[^/*?\\[\\]{}$`\\\\\\u0000-\\u001f]+)'

const shape = z.string().superRefine((path, context) => {
  const message = wrongShape(path)
  if (message) context.addIssue({ code: 'custom', message })
})

/** A path that is only read: `/backup/n8n_vol`. Symbolic links are checked on the host. */
export const absolutePath = shape.meta({
  title: 'absolute path',
  description: 'An absolute path on the host, such as /backup/n8n; no "..", globs or variables',
  pattern: `^/${names}*$`,
})

/** A path that a step creates, modifies or removes: at least two names deep, and outside reserved trees. */
export const writtenPath = shape
  .superRefine((path, context) => {
    if (wrongShape(path)) return
    const reserved = reservedTrees.find((tree) => isIn(tree, path))
    if (reserved === path)
      context.addIssue({ code: 'custom', message: `is ${reserved}, which no step writes to` })
    else if (reserved)
      context.addIssue({ code: 'custom', message: `is in ${reserved}, which no step writes to` })
    else if (path.split('/').length < 3) {
      context.addIssue({
        code: 'custom',
        message: `is directly under /; use a path below it, such as ${path}/app`,
      })
    }
  })
  .meta({
    title: 'path to write',
    description: 'An absolute path on the host, at least two names deep, such as /srv/guestbook',
    pattern: `^/${names}+$`,
  })

function wrongShape(path: string): string | undefined {
  const wrong = characterProblem(path)
  if (wrong) return wrong
  if (!path.startsWith('/')) return 'must be absolute: begin with "/"'
  const marks = shellCharacterProblem(path)
  if (marks) return marks
  if (systemDirectories.has(path)) return `is the system directory ${path}; use a path below it`
  if (path.endsWith('/')) return 'ends with "/"; leave it out'
  const names = path.slice(1).split('/')
  if (names.includes('')) return 'contains "//"'
  if (names.includes('.') || names.includes('..')) return 'contains "." or ".." as a name'
  return isTooLong(path) ? 'is too long' : undefined
}
