/** Writes one JSON object a line to stdout, where the container engine collects it. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, facts?: object) => void

export function createLog(always: object, write: (line: string) => void = console.log): Log {
  return (level, message, facts) =>
    write(JSON.stringify({ level, time: new Date().toISOString(), message, ...always, ...facts }))
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
