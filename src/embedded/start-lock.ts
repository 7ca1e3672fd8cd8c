import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isAlive } from './background-record.ts'

/** Lets one command at a time start or stop what runs in the background; the others wait, then find it up. */
export async function onlyOneStarts<Result>(home: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const lock = join(home, 'starting')
  while (!(await taken(lock))) {
    const holder = Number(await readFile(lock, 'utf8').catch(() => `${process.pid}`))
    // Killed while it started something; its process id tells.
    if (!isAlive(holder)) await rm(lock, { force: true })
    await wait(100)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** A link is there at once and with its content: whoever is killed in between leaves no lock without a holder. */
async function taken(lock: string): Promise<boolean> {
  const own = `${lock}.${process.pid}`
  await writeFile(own, `${process.pid}`, { mode: 0o600 })
  try {
    await link(own, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}
