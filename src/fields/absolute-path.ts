import { z } from 'zod'
import { isIn } from './is-in.ts'
import { isTooLong, characterProblem, shellCharacterProblem } from './path-characters.ts'

/** Directories that belong to the system as a whole: no step takes one of them itself, only what lies in it. */
const systemDirectories = new Set(
  (
    '/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr ' +
    '/usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/cache /var/lib /var/lib/docker ' +
    '/var/lib/docker/volumes /var/log /var/run /var/tmp'
  ).split(' '),
)

/** Trees that are written by their owner only: the kernel, the engine and reinstate itself. */
const keptTrees = ['/dev', '/proc', '/sys', '/var/lib/docker', '/var/lib/reinstate']

/** As much of it as a pattern can say, for editors: no name is empty or of dots, and nothing stands for something else. */
const names =
  '(?!.*(?:^|/)\\.{1,2}(?:/|$))[^/*?\\[\\]{}$`~\\\\\\u0000-\\u001f]+(?:/[^/*?\\[\\]{}$`\\\\\\u0000-\\u001f]+)'

const shape = z.string().superRefine((path, context) => {
  const message = wrongShape(path)
  if (message) context.addIssue({ code: 'custom', message })
})

/** A path that is only read: `/backup/n8n_vol`. What no plan means is refused here; symlinks are looked for on the host. */
export const absolutePath = shape.meta({
  title: 'absolute path',
  description: 'An absolute path on the host, such as /backup/n8n; no "..", globs or variables',
  pattern: `^/${names}*$`,
})

/** A path that a step makes, changes or removes: below a directory, and not in a tree that has another owner. */
export const writtenPath = shape
  .superRefine((path, context) => {
    if (wrongShape(path)) return
    const kept = keptTrees.find((tree) => isIn(tree, path))
    if (kept === path)
      context.addIssue({ code: 'custom', message: `is ${kept} itself, which no step writes to` })
    else if (kept) context.addIssue({ code: 'custom', message: `lies in ${kept}, which no step writes to` })
    else if (path.split('/').length < 3) {
      context.addIssue({
        code: 'custom',
        message: `stands directly under /; name a path below, such as ${path}/app`,
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
  if (systemDirectories.has(path)) return `is ${path} itself, which belongs to the whole system`
  if (path.endsWith('/')) return 'ends with "/"; leave it out'
  const names = path.slice(1).split('/')
  if (names.includes('')) return 'holds "//"'
  if (names.includes('.') || names.includes('..')) return 'holds "." or ".." as a name'
  return isTooLong(path) ? 'is too long' : undefined
}
