import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bodyOf } from './content.ts'
import { createMessage } from './message.ts'
import type { Message } from './message.ts'

/** One message of the client. Its body follows from the client's name and its number, so it can be made again. */
export interface Entry {
  readonly number: number
  readonly id: string
  readonly bytes: number
  readonly isAcknowledged: boolean
}

/** What a client sent and what was acknowledged to it: a file that only grows. */
export interface Account {
  readonly entries: () => readonly Entry[]
  /** To be called before the first attempt to send. */
  readonly sent: (entry: Omit<Entry, 'isAcknowledged'>) => void
  readonly acknowledged: (id: string, path: string) => void
}

/** Opens the account of a client, with what earlier processes wrote. */
export function openAccount(folder: string, client: string): Account {
  const file = join(folder, 'account', client)
  const entries = new Map<string, Entry>()
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const [word, id = '', number, bytes] = line.split(' ')
    const entry = entries.get(id)
    if (word === 'sent' && bytes)
      entries.set(id, { id, number: Number(number), bytes: Number(bytes), isAcknowledged: false })
    else if (word === 'acknowledged' && entry) entries.set(id, { ...entry, isAcknowledged: true })
  }
  const append = (line: string) => {
    mkdirSync(dirname(file), { recursive: true })
    appendFileSync(file, `${line}\n`)
  }
  return {
    entries: () => [...entries.values()],
    sent: ({ id, number, bytes }) => {
      append(`sent ${id} ${number} ${bytes}`)
      entries.set(id, { id, number, bytes, isAcknowledged: false })
    },
    acknowledged: (id, path) => {
      append(`acknowledged ${id} ${path}`)
      const entry = entries.get(id)
      if (entry) entries.set(id, { ...entry, isAcknowledged: true })
    },
  }
}

/** Makes the message of an entry, the same each time. */
export function messageOf(client: string, { id, number, bytes }: Omit<Entry, 'isAcknowledged'>): Message {
  const body = bodyOf(`${client}/${number}`, 'json', bytes)
  return createMessage(body, { id, source: 'client', session: client, request: String(number) })
}
