import type { Rule } from './rule.ts'

export const databaseUpBeforeCopy: Rule = {
  id: 'R006',
  name: 'database-up-before-copy',
  severity: 'error',
  title: 'A stack is started before the data is copied into its volume',
  why: 'A database that runs while its files are replaced mixes both: neither the old rows nor the new, and every check of health stays green.',
  mend: 'Copy first, into a fresh volume that nothing uses, and start the stack afterwards.',
  example: {
    wrong: `- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: shop }
- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }`,
    right: `- { step: copy, kind: volume-restore, from: /backup/db, volume: shop_db }
- { step: start, kind: compose-up, file: /srv/shop/compose.yaml, project: shop }`,
  },
  find: (plan) =>
    plan.steps.flatMap((copy) => {
      if (copy.kind !== 'volume-restore') return []
      const volumes = copy.touches.filter(({ how, what }) => how === 'makes' && what === 'volume')
      const early = plan.steps.find(
        (step) =>
          step.host === copy.host &&
          step.kind === 'compose-up' &&
          plan.before(step, copy) &&
          volumes.some(({ name }) =>
            names(JSON.stringify(step.values) + carried(step.values['file']), {
              volume: name,
              project: step.values['project'],
            }),
          ),
      )
      if (!early) return []
      return {
        at: copy,
        message: `${copy.id} fills ${volumes.map(({ name }) => name).join(', ')} after ${early.id} has started the stack that uses it`,
        hint: `put ${copy.base} before ${early.base}`,
      }

      /** The Compose file, where the plan itself writes it. */
      function carried(path: unknown): string {
        const written = plan.steps.filter(({ host, values }) => host === copy.host && values['path'] === path)
        return written.flatMap(({ files }) => files.map(({ text }) => text)).join('\n')
      }
    }),
}

/** A volume of a Compose file has the project's name before its own, unless it is named. */
function names(text: string, of: { readonly volume: string; readonly project: unknown }): boolean {
  const { volume, project } = of
  return text.split(/[^\w.-]+/).some((word) => word === volume || volume === `${String(project)}_${word}`)
}
