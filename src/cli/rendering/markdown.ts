/** Markdown as a terminal shows it: what a gate or a failure says is written for the Temporal UI. */
export function plainLines(lines: readonly string[]): string[] {
  let insideFence = false
  return lines
    .flatMap((line) => line.split('\n'))
    .flatMap((line) => {
      if (/^ *```/.test(line)) {
        insideFence = !insideFence
        return []
      }
      return insideFence ? [`  ${line}`] : [line.replace(/\*\*(.+?)\*\*/g, '$1').replace(/`([^`]+)`/g, '$1')]
    })
}
