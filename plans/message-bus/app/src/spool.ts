import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MB } from './config.ts'
import { IdTaken, SpoolFull } from './errors.ts'
import { inlineFrame, readInlineFrame } from './frames.ts'
import type { Message } from './message.ts'

/** Messages that the daemon has acknowledged and the bus has not yet, one file each. */
export interface Spool {
  /** Keeps a message; it is on the disk when this returns. May be repeated. @throws SpoolFull | IdTaken */
  readonly add: (message: Message) => Promise<void>
  /** The ids, oldest first. */
  readonly ids: () => readonly string[]
  /** Returns undefined if the message is gone, because another daemon has this folder too. */
  readonly read: (id: string) => Promise<Message | undefined>
  readonly remove: (id: string) => Promise<void>
  /** Puts a message aside that the bus will never take. A person decides about it. */
  readonly setAside: (id: string) => Promise<void>
}

/** Opens the spool of one daemon, with what an earlier process left in it. */
export async function openSpool(folder: string, limitMb: number): Promise<Spool> {
  const aside = join(folder, 'refused')
  await mkdir(aside, { recursive: true, mode: 0o700 })
  const sizes = await leftIn(folder)
  const fileOf = (id: string) => join(folder, id)
  const total = () => [...sizes.values()].reduce((sum, size) => sum + size, 0)

  return {
    add: async (message) => {
      const { id } = message
      const frame = inlineFrame(message)
      if (total() + frame.length > limitMb * MB)
        throw new SpoolFull(
          `message ${id} was refused: the bus is away and the spool is full (${limitMb} MB)`,
        )
      const unfinished = join(folder, `${id}.${process.hrtime.bigint()}.new`)
      await writeDurably(unfinished, frame)
      // Unlike a rename, a link replaces nothing: what was acknowledged under this id stays.
      const isNew = await link(unfinished, fileOf(id))
        .then(
          () => true,
          async (error: NodeJS.ErrnoException) => {
            if (error.code !== 'EEXIST') throw error
            if (!readInlineFrame(await readFile(fileOf(id))).sha256.equals(message.sha256))
              throw new IdTaken(id)
            return false
          },
        )
        .finally(() => rm(unfinished))
      if (!isNew) return
      await syncFolder(folder)
      sizes.set(id, frame.length)
    },
    ids: () => [...sizes.keys()],
    read: async (id) => {
      try {
        return readInlineFrame(await readFile(fileOf(id)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        sizes.delete(id)
        return undefined
      }
    },
    remove: async (id) => {
      await rm(fileOf(id), { force: true })
      sizes.delete(id)
    },
    setAside: async (id) => {
      await rename(fileOf(id), join(aside, id))
      sizes.delete(id)
    },
  }
}

/** Returns the size of each message, oldest first. Removes files that were never finished, and so never acknowledged. */
async function leftIn(folder: string): Promise<Map<string, number>> {
  const found: { readonly name: string; readonly size: number; readonly writtenAt: number }[] = []
  for (const name of await readdir(folder)) {
    if (name.endsWith('.new')) await rm(join(folder, name))
    else if (name !== 'refused') {
      const { size, mtimeMs } = await stat(join(folder, name))
      found.push({ name, size, writtenAt: mtimeMs })
    }
  }
  return new Map(
    found.sort((one, other) => one.writtenAt - other.writtenAt).map(({ name, size }) => [name, size]),
  )
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
