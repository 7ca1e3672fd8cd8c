interface Step {
  readonly boundContainers: 'none' | 'stopped' | 'held'
}

/** What `binds_in` printed. */
export function containersIn(bound: readonly string[]) {
  return bound.map((line) => {
    const [name = '', running = '', source = ''] = line.split('|')
    return { name, running, source }
  })
}

/** Whether a path may be moved under a container that has it mounted. */
export function mayBind(running: string, { boundContainers }: Step): boolean {
  if (boundContainers === 'none') return false
  return running === 'false' || (running === 'held' && boundContainers === 'held')
}

/** What an earlier step must do with a container that may not have it mounted. */
export function wayOut({ running }: { readonly running: string }, { boundContainers }: Step): string {
  if (running === 'false') return 'removed'
  return boundContainers === 'held' ? 'stopped, or its restart policy to be set aside' : 'stopped'
}

/** For grep: what `binds_in` says of a container under which nothing may be moved. */
export function runningWords({ boundContainers }: Step): string {
  return boundContainers === 'held' ? '|true|' : '|\\(true\\|held\\)|'
}
