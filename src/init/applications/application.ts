/** An application that encrypts what it stores with a key of its environment. Its file says on which data it is proven. */
export interface Application {
  /** Its name for people. */
  readonly name: string
  /** The variables that hold the key, or the path of a file with it. */
  readonly variables: readonly string[]
  /** Images that have the variables and encrypt otherwise. */
  readonly otherImages?: RegExp
  /** The format of key-check. */
  readonly format: 'n8n' | 'gitea'
  /** What a wrong key makes unreadable. */
  readonly texts: string
  /** Its database on a server, where no variable names it. */
  readonly database: string
  /** The base name of its SQLite file, where it has no server. */
  readonly sqlite: string
  /** Variables that its query depends on. None of them holds a secret. */
  readonly settings: readonly string[]
  /** Returns the query of the encrypted texts, in one column. `quoted` quotes a name for the database. */
  readonly query: (settings: Readonly<Record<string, string>>, quoted: (name: string) => string) => string
}

/** A key with which a service encrypts data, as the name of its variable. Its value stays on the host. */
export interface ServiceKey {
  readonly application: string
  readonly variable: string
  /** The variables that the application's query depends on. */
  readonly settings: Readonly<Record<string, string>>
}

/** What key-check needs to try a key on one place of the backup. */
export interface TriedKey {
  readonly service: string
  readonly variable: string
  readonly format: Application['format']
  readonly texts: string
  readonly query: string
  /** A database of the place's server, or a SQLite file in the place. */
  readonly in: { readonly database: string } | { readonly sqlite: string }
}
