import { ratioOf, verdictOn } from './finding.ts'
import type { Figure, Finding } from './finding.ts'

/** Formats the findings as a Markdown table that is also readable on a terminal. */
export function tableOf(
  findings: readonly { readonly finding: Finding; readonly pressure: number }[],
): string {
  const rows = findings.map(({ finding, pressure }) => [
    finding.part,
    finding.what,
    figure(finding.ours),
    `${finding.peer.name} ${figure(finding.peer)}`,
    `${ratioOf(finding).toFixed(2)}×`,
    goalOf(finding),
    verdictOn(finding, pressure),
  ])
  const head = ['part', 'measured', 'reinstate', 'against', 'ratio', 'goal', 'verdict']
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  const notes = findings.flatMap(({ finding: { what, note } }) => (note ? [`- ${what}: ${note}`] : []))
  return [line(head), rule, ...rows.map(line), ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n')
}

function goalOf({ goal }: Finding): string {
  if (goal === undefined) return ''
  return 'atMost' in goal ? `≤ ${goal.atMost}×` : `within ${goal.within * 100} %`
}

function figure({ value, unit }: Figure): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${unit}`
}
