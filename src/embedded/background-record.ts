import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** The record of a background process, by which the next command finds it. */
const recordSchema = z.object({
  pid: z.number().int().positive(),
  /** A part of its command line: a process id can be reused. */
  mark: z.string().min(1),
  log: z.string(),
  details: z.record(z.string(), z.string()),
})
export type BackgroundRecord = z.infer<typeof recordSchema>

/** Writes the record to `<home>/<name>.json`, atomically. */
export async function writeRecord(home: string, name: string, record: BackgroundRecord): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = recordPath(home, name)
  await writeFile(`${path}.${process.pid}`, JSON.stringify(record, null, 2), { mode: 0o600 })
  await rename(`${path}.${process.pid}`, path)
}

export async function forgetRecord(home: string, name: string): Promise<void> {
  await rm(recordPath(home, name), { force: true })
}

/** The record of a process that still runs. */
export async function readRunning(home: string, name: string): Promise<BackgroundRecord | undefined> {
  const record = await readRecord(home, name)
  return record && isRunning(record) ? record : undefined
}

/** Whether the process ended without being stopped: it was killed, or the machine went down. */
export async function hasDied(home: string, name: string): Promise<boolean> {
  const record = await readRecord(home, name)
  return record !== undefined && !isRunning(record)
}

export function isRunning({ pid, mark }: BackgroundRecord): boolean {
  if (!isAlive(pid)) return false
  try {
    // Empty for a zombie; another program's for a reused process id.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)
  } catch {
    return false
  }
}

/** Whether a process of this id runs on this machine. A zombie does not. */
export function isAlive(pid: number): boolean {
  // 0 would mean this process's own group.
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    // `pid (name) state …`; a name may hold anything, also a bracket.
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The record, whether the process still runs or was killed. */
export async function readRecord(home: string, name: string): Promise<BackgroundRecord | undefined> {
  const text = await readFile(recordPath(home, name), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : recordSchema.safeParse(parsed(text)).data
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
