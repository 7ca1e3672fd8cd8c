import type { StepPreview } from '../workflows/previews.ts'

type Found = Partial<
  Pick<StepPreview, 'changes' | 'later' | 'nothingToDo' | 'refused' | 'backup' | 'cannotUndo'>
>

/** All that a seal stands for: what was found, and nothing that moves by itself. The run's own token is no part of it. */
export function sealedLines(
  { changes = [], later, nothingToDo, refused, backup, cannotUndo }: Found,
  token: string,
): readonly string[] {
  return [
    ...changes,
    ...(later === undefined ? [] : [`known later: ${later}`]),
    ...(nothingToDo === undefined ? [] : [`nothing to do: ${nothingToDo}`]),
    ...(refused === undefined ? [] : [`would be refused: ${refused}`]),
    ...(backup ? [`backup ${backup.path}: newest file of ${backup.newestAt}`] : []),
    ...(cannotUndo === undefined ? [] : [`cannot be undone: ${cannotUndo}`]),
  ].map((line) => line.replaceAll(token, '‹run›'))
}
