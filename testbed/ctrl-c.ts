/**
 * Calls `first` at the first Ctrl-C; the second ends the process at once, as everywhere. npm passes on what its child got
 * from the terminal already: what comes in the same moment is the same Ctrl-C.
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
