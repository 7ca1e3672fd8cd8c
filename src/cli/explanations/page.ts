/** What `reinstate explain` shows of a rule, of the code of a problem, or of an error. */
export interface Page {
  /** What it is asked for by: R012, unknown-kind, HostUnreachable. */
  readonly id: string
  /** A rule has a name beside its number. */
  readonly name?: string
  /** For a rule, whether it refuses a plan. */
  readonly severity?: 'error' | 'warning'
  /** What it means, in one sentence. */
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly example?: { readonly wrong: string; readonly right: string }
}
