import winston from 'winston'

export type Log = winston.Logger

/** Writes one JSON object a line to stdout, where the container engine collects it. */
export function createLog(level: string, facts: Readonly<Record<string, string>>): Log {
  return winston.createLogger({
    level,
    defaultMeta: facts,
    format: winston.format.combine(
      winston.format.errors({ stack: true }),
      winston.format.timestamp(),
      winston.format.json(),
    ),
    transports: [new winston.transports.Console({ stderrLevels: [] })],
  })
}
