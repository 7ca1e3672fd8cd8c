import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isAlive } from './background-process.ts'

/** Lets one command at a time start or stop what runs in the background; the others wait, then find it up. */
export async function onlyOneStarts<Result>(home: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const lock = join(home, 'starting')
  while (!(await taken(lock))) {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    // Killed while it started something; its process id tells.
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    await wait(100)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${process.pid}`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
