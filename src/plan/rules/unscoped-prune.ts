import { argumentsOf } from './arguments.ts'
import { removedImages } from './docker-words.ts'
import { argumentSources, severityOf } from './argument-sources.ts'
import type { Rule } from './rule.ts'
import { commandsIn } from './shell-commands.ts'
import { foundIn, shellOf } from './sources.ts'
import { filtersIn } from './unscoped-stop.ts'

export const unscopedPrune: Rule = {
  id: 'R013',
  name: 'unscoped-prune',
  severity: 'error',
  title: 'A command prunes whatever is unused at the moment',
  why: 'Unused at the moment is also the old stack, which is stopped: with its images the way back is deleted, and other projects lose theirs. Where a list comes through a variable or a pipe, this is a warning.',
  fix: 'Use prune, which takes what it is told of named projects and keeps the images under another name.',
  example: {
    wrong: `script: docker system prune -af`,
    right: `kind: prune
images: { projects: [shop] }`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command }) => {
      const { name, words, text } = command
      if (name !== 'docker') return []
      const severity = removedImages(command)
        ? severityOf(argumentSources(command, source.text), listsEveryImage)
        : undefined
      if (severity !== undefined) {
        const message = 'docker is given every image of the host to remove'
        return { ...foundIn(source, text, message, 'use the kind prune'), severity }
      }
      // How old something is says nothing about whose it is.
      const isScoped = filtersIn(words).some((value) => /^["']?label=/.test(value))
      if (!words.includes('prune') || isScoped || words[0] === 'builder' || words[0] === 'buildx') return []
      return foundIn(
        source,
        text,
        `docker ${words[0]} prune deletes what is unused at the moment, whoever it belongs to`,
        'use the kind prune',
      )
    }),
}

function listsEveryImage(list: string): boolean {
  return commandsIn(list).some(({ name, words }) => {
    const after =
      words[0] === 'images' ? 1 : words[0] === 'image' && /^(ls|list)$/.test(words[1] ?? '') ? 2 : 0
    if (name !== 'docker' || after === 0) return false
    const { plain } = argumentsOf(words.slice(after), /^(--filter|--format|-\w*f)$/)
    const isScoped = filtersIn(words).some((value) => /^["']?(label|reference)=/.test(value))
    return plain.length === 0 && !isScoped
  })
}
