/**
 * Calls `first` at the first Ctrl-C; the second ends the process at once. npm forwards the signal that its child already got
 * from the terminal: signals at the same moment are one Ctrl-C.
 */
export function onCtrlC(first: () => void): void {
  let since: number | undefined
  process.on('SIGINT', () => {
    if (since === undefined) {
      since = performance.now()
      first()
    } else if (performance.now() - since > SAME_MILLISECONDS) process.exit(130)
  })
}

const SAME_MILLISECONDS = 500
