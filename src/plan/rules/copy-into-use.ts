import type { Rule } from './rule.ts'
import { bare } from './command-behind.ts'
import { foundIn, shellOf } from './sources.ts'

export const copyIntoUse: Rule = {
  id: 'R007',
  name: 'copy-into-use',
  severity: 'error',
  title: 'A command copies into a volume of Docker, past the checks of volume-restore',
  why: 'Nothing there looks whether a container uses the volume, whether it is empty, or whether the copy equals its source.',
  mend: 'Use volume-restore into a fresh volume; for files in a running container, change what the volume is made from.',
  example: {
    wrong: `script: rsync -a /backup/db/ /var/lib/docker/volumes/shop_db/_data/`,
    right: `kind: volume-restore
from: /backup/db`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { name, words, text } }) => {
      const target = bare(words.at(-1) ?? '')
      const intoVolume =
        ['cp', 'rsync', 'mv', 'install'].includes(name) && target.startsWith('/var/lib/docker/volumes/')
      const untarred =
        name === 'tar' && words.some((word) => word.includes('/var/lib/docker/volumes/')) && extracts(words)
      const intoContainer = name === 'docker' && words[0] === 'cp' && /^[\w.-]+:/.test(target)
      if (!intoVolume && !untarred && !intoContainer) return []
      const where = intoContainer ? 'a container' : 'a volume of Docker'
      return foundIn(
        source,
        text,
        `${name === 'docker' ? 'docker cp' : name} copies into ${where}, which may be in use`,
      )
    }),
}

function extracts(words: readonly string[]): boolean {
  return words.some((word) => /^-?[a-z]*x[a-z]*$/.test(word) || word === '--extract')
}
