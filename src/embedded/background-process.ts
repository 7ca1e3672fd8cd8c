import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

/** A process that goes on after the command that started it. */
export interface Background {
  readonly pid: number
  readonly log: string
  readonly hasEnded: () => string | undefined
}

/** What is written down about it, so that the next command finds it. */
const recordSchema = z.object({
  pid: z.number().int().positive(),
  /** A part of its command line: a process id may be given to another program. */
  mark: z.string().min(1),
  log: z.string(),
  details: z.record(z.string(), z.string()),
})
export type BackgroundRecord = z.infer<typeof recordSchema>

export interface Start {
  readonly program: string
  readonly words: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly log: string
}

/** Starts a process in a session of its own: Ctrl-C on the terminal does not reach it. Its output goes to the log. */
export function startInBackground({ program, words, environment = {}, log }: Start): Background {
  const file = openSync(log, 'a', 0o600)
  try {
    const child = spawn(program, words, {
      detached: true,
      stdio: ['ignore', file, file],
      env: { ...process.env, ...environment },
    })
    let ended: string | undefined
    child.on('error', (error) => (ended = error.message))
    child.on('exit', (code, signal) => (ended = `it ended with ${code ?? signal}`))
    child.unref()
    return { pid: child.pid ?? 0, log, hasEnded: () => ended }
  } finally {
    closeSync(file)
  }
}

/** Writes down what runs, as `<home>/<name>.json`; whole or not at all. */
export async function writeRecord(home: string, name: string, record: BackgroundRecord): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = recordPath(home, name)
  await writeFile(`${path}.${process.pid}`, JSON.stringify(record, null, 2), { mode: 0o600 })
  await rename(`${path}.${process.pid}`, path)
}

/** What is written down and still runs. */
export async function readRunning(home: string, name: string): Promise<BackgroundRecord | undefined> {
  const record = await readRecord(home, name)
  return record && isRunning(record) ? record : undefined
}

/** Whether it ended without having been stopped: it was killed, or the machine went down. */
export async function hasDied(home: string, name: string): Promise<boolean> {
  const record = await readRecord(home, name)
  return record !== undefined && !isRunning(record)
}

async function readRecord(home: string, name: string): Promise<BackgroundRecord | undefined> {
  const text = await readFile(recordPath(home, name), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : recordSchema.safeParse(parsed(text)).data
}

/** Asks it to end, waits up to `withinSeconds`, then ends it by force. Nothing happens where it has ended already. */
export async function stopRunning(home: string, name: string, withinSeconds: number): Promise<boolean> {
  const record = await readRunning(home, name)
  if (record) {
    process.kill(record.pid, 'SIGTERM')
    const deadline = Date.now() + withinSeconds * 1000
    while (isRunning(record) && Date.now() < deadline) await wait(100)
    if (isRunning(record)) process.kill(record.pid, 'SIGKILL')
  }
  await rm(recordPath(home, name), { force: true })
  return record !== undefined
}

/** The end of a log, for a message. */
export async function tailOf(log: string, lines = 5): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

function isRunning({ pid, mark }: BackgroundRecord): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    // Empty for a zombie; another program's for a process id that was given away.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)
  } catch {
    return false
  }
}

/** Whether there is a process of this id on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function recordPath(home: string, name: string): string {
  return join(home, `${name}.json`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
