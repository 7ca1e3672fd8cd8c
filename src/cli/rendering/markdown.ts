/** Renders Markdown for a terminal; gates and failures are written for the Temporal UI. */
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
