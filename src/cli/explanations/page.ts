/** What `reinstate explain` shows for a rule, a diagnostic code, or an error. */
export interface Page {
  /** The id: R012, unknown-kind, HostUnreachable. */
  readonly id: string
  /** The name of a rule, whose id is a number. */
  readonly name?: string
  /** For a rule, whether it refuses a plan. */
  readonly severity?: 'error' | 'warning'
  /** What it means, in one sentence. */
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly example?: { readonly wrong: string; readonly right: string }
}
