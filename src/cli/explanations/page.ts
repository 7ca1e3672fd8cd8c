/** What `reinstate explain` shows of a rule, an error code, an error or a term. */
export interface Page {
  /** The name to explain: R012, unknown-kind, HostUnreachable, digest. */
  readonly id: string
  /** The name of a rule, in addition to its number. */
  readonly name?: string
  /** Of a rule: an error refuses a plan. */
  readonly severity?: 'error' | 'warning'
  /** What it means, in one sentence. */
  readonly title: string
  /** Absent for a term, like `fix`. */
  readonly why?: string
  readonly fix?: string
  readonly example?: { readonly wrong: string; readonly right: string }
}
