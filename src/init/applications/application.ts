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
