import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { VividwallsFacts } from './vividwalls.ts'

/** The list of credentials in the folder of secrets files. */
export function credentialsList(folder: string): string {
  return join(folder, 'master.env.list')
}

/** The inputs of the shipped plan for a test host of the test bed; writes the list of credentials. */
export async function vividwallsInputs(
  folder: string,
  facts: VividwallsFacts,
): Promise<Record<string, string>> {
  await writeFile(credentialsList(folder), facts.masterEnv.replaceAll('$', '\\$'), { mode: 0o600 })
  return {
    blueprint: 'blueprint',
    cleanup: `${facts.legacy.free}\n/root/never-was-there`,
    soak: '2 seconds',
    domain: facts.domain,
    caddy_options: 'local_certs',
    postgres_image: facts.images.postgres,
    supabase_image: facts.images.postgres,
    supabase_api_image: facts.images.supabaseApi,
    n8n_image: facts.images.n8n,
    caddy_image: facts.images.caddy,
    n8n_writes: 'public.schema_migrations, public.execution_entity, public.scheduled_runs',
  }
}
