/** The secrets of VividWalls that no data depends on; values that quoting, Compose or a shell would spoil. */
export const OTHER_SECRETS = {
  /** In the environment of the old supabase container only. */
  JWT_SECRET: `jwt "with" 'quotes', $dollars and \\ more`,
  /** In the environment of the plain container only. */
  LINEAR_API_KEY: `lin_$api$$key'"`,
  /** In the list that a person hands over only. */
  SMTP_PASSWORD: 'smtp&pass;word$HOME`id`#x',
} as const

/** As an env file that reinstate reads, each value exactly. */
export function envFileText(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"\n`)
    .join('')
}
