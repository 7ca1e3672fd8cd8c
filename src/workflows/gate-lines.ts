import type { BackupInspected, StepPreview } from './previews.ts'

/** What a gate shows of the steps that it opens, as Markdown: by their ids, what each would change below it. */
export function gateLines(steps: readonly StepPreview[], now: number): readonly string[] {
  return steps.flatMap(
    ({ step, title, host, changes, notes = [], blocked, after, waits, nothingToDo, backup, ...rest }) => [
      `- ${step}: ${title}${host === '' ? '' : ` (on ${host})`}${rest.cannotUndo ? ` — **cannot be undone**: ${rest.cannotUndo}` : ''}`,
      ...changes.map((line) => `  - ${line}`),
      ...(blocked ? [`  - known later${after ? `, after ${after.join(', ')}` : ''}: ${blocked}`] : []),
      ...(notes.length > 0 ? ['  ```', ...notes.map((line) => `  ${line}`), '  ```'] : []),
      ...(waits ? [`  - ${waits}`] : []),
      ...(nothingToDo ? [`  - ${rest.readsOnly ? '' : 'nothing to do: '}${nothingToDo}`] : []),
      ...(backup ? [`  - ${aboutBackup(backup, now)}`] : []),
      ...(rest.refused ? [`  - **would be refused**: ${rest.refused}`] : []),
    ],
  )
}

function aboutBackup({ newestAt, gradeAtBest }: BackupInspected, now: number): string {
  const hours = Math.max(0, now - Date.parse(newestAt)) / 3_600_000
  const age = hours < 48 ? `${Math.round(hours)} h` : `${Math.floor(hours / 24)} days`
  return `its newest file is ${age} old; grade of proof at best ${gradeAtBest}`
}
