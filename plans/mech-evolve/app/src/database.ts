import { randomUUID } from 'node:crypto'
import { MongoClient, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import type { CollectionName } from './collections.ts'

/** A stored document as clients see it. */
export interface Stored {
  readonly id: string
  readonly createdAt: string
  readonly [field: string]: unknown
}

export interface Database {
  /** Resolves if the database answers. @throws an error for which isAway holds, within three seconds */
  readonly ping: () => Promise<void>
  /** Returns the newest documents first. */
  readonly list: (collection: CollectionName, limit: number) => Promise<readonly Stored[]>
  readonly read: (collection: CollectionName, id: string) => Promise<Stored | undefined>
  /** @throws DuplicateId */
  readonly create: (collection: CollectionName, fields: Readonly<Record<string, unknown>>) => Promise<Stored>
  readonly close: () => Promise<void>
}

export class DuplicateId extends Error {
  override readonly name = 'DuplicateId'
}

interface Row {
  readonly _id: string
  readonly createdAt: Date
  readonly [field: string]: unknown
}

/** Connects with the first query, and again after the database was away. */
export function openDatabase(uri: string): Database {
  const client = new MongoClient(uri, {
    appName: 'mech-evolve',
    serverSelectionTimeoutMS: 2000,
    connectTimeoutMS: 2000,
    // A database that accepts connections and answers nothing counts as away.
    socketTimeoutMS: 3000,
  })
  // Before each query: after a first connection that failed, the client would never try again by itself.
  const connected = async () => (await client.connect()).db()
  const rows = async (collection: CollectionName) => (await connected()).collection<Row>(collection)

  return {
    ping: async () => void (await (await connected()).command({ ping: 1 })),
    list: async (collection, limit) => {
      const newest = (await rows(collection)).find().sort({ createdAt: -1, _id: 1 }).limit(limit)
      return (await newest.toArray()).map(stored)
    },
    read: async (collection, id) => {
      const row = await (await rows(collection)).findOne({ _id: id })
      return row ? stored(row) : undefined
    },
    create: async (collection, { id, ...fields }) => {
      const row = { ...fields, _id: typeof id === 'string' ? id : randomUUID(), createdAt: new Date() }
      try {
        await (await rows(collection)).insertOne(row)
      } catch (error) {
        if (error instanceof MongoServerError && error.code === 11000) throw new DuplicateId(row._id)
        throw error
      }
      return stored(row)
    },
    close: () => client.close(),
  }
}

/** Whether an error means that the database is away, rather than that it refused. */
export function isAway(error: unknown): boolean {
  return error instanceof MongoServerSelectionError || error instanceof MongoNetworkError
}

function stored({ _id, createdAt, ...fields }: Row): Stored {
  return { id: _id, createdAt: createdAt.toISOString(), ...fields }
}
