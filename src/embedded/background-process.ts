import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { forgetRecord, isRunning, readRunning, writeRecord } from './background-record.ts'
import { NotReady } from './not-up.ts'

const READY_WITHIN_SECONDS = 60

/** A process that outlives the command that started it. */
export interface BackgroundProcess {
  readonly home: string
  /** Of its record and its log: `<home>/<name>.json`, `<home>/<name>.log`. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A part of its command line, which identifies it. */
  readonly mark: string
  /** Facts for later commands. */
  readonly details: Readonly<Record<string, string>>
  readonly isReady: (seen: { readonly log: string; readonly pid: number }) => Promise<boolean>
}

/**
 * Starts a process in its own session, out of reach of Ctrl-C, and waits until it is ready. The record is written at
 * once, so that the next command finds the process even if this one is killed.
 * @throws NotReady after 60 s, or if the process ends; it is stopped then
 */
export async function startInBackground(background: BackgroundProcess): Promise<void> {
  const { home, name, mark, details, isReady } = background
  await closeToOthers(home)
  const log = join(home, `${name}.log`)
  await writeFile(log, '', { mode: 0o600 })
  const child = spawnDetached(background, log)
  await writeRecord(home, name, { pid: child.pid, mark, log, details: { ...details } })

  const deadline = Date.now() + READY_WITHIN_SECONDS * 1000
  while (!(await isReady({ log, pid: child.pid }))) {
    const late = Date.now() > deadline ? `not ready in ${READY_WITHIN_SECONDS} s` : undefined
    const reason = child.hasEnded() ?? late
    if (reason !== undefined) {
      await stopRunning(home, name, 5)
      throw new NotReady(name, { reason, log, tail: await tailOf(log) })
    }
    await wait(100)
  }
}

/** Sends SIGTERM, and SIGKILL after `withinSeconds`. Returns whether the process ran. */
export async function stopRunning(home: string, name: string, withinSeconds: number): Promise<boolean> {
  const record = await readRunning(home, name)
  if (record) {
    process.kill(record.pid, 'SIGTERM')
    const deadline = Date.now() + withinSeconds * 1000
    while (isRunning(record) && Date.now() < deadline) await wait(100)
    if (isRunning(record)) process.kill(record.pid, 'SIGKILL')
  }
  await forgetRecord(home, name)
  return record !== undefined
}

/** The last lines of a log, without stack traces. */
export async function tailOf(log: string, lines = 5): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  const telling = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line))
  return telling.slice(-lines).join('\n')
}

/** The database and logs hold histories. A home that another program created may be readable by others. */
async function closeToOthers(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  await chmod(home, 0o700)
  const open = (await readdir(home)).filter((name) => /\.(db|log|json)/.test(name))
  for (const name of open) await chmod(join(home, name), 0o600)
}

function spawnDetached({ program, args: words, environment = {} }: BackgroundProcess, log: string) {
  const file = openSync(log, 'a', 0o600)
  // What the process creates, such as its database, is for its owner only.
  const umask = process.umask(0o077)
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
    return { pid: child.pid ?? 0, hasEnded: () => ended }
  } finally {
    process.umask(umask)
    closeSync(file)
  }
}
