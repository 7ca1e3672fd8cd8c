import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'
import { BLUEPRINT_FOLDER } from './vividwalls-blueprint.ts'
import type { VividwallsFacts } from './vividwalls-facts.ts'

/** All variables of the blueprint's Compose files, for a stack beside the old one: HTTP 18080, HTTPS 18443. */
export function blueprintEnvironment(facts: VividwallsFacts, mark: string): Readonly<Record<string, string>> {
  const { images, secrets, domain } = facts
  return {
    ...secrets,
    DOMAIN: domain,
    POSTGRES_IMAGE: images.postgres,
    SUPABASE_DB_IMAGE: images.postgres,
    N8N_IMAGE: images.n8n,
    SUPABASE_API_IMAGE: images.supabaseApi,
    CADDY_IMAGE: images.caddy,
    CADDY_OPTIONS: 'local_certs',
    HTTP_PORT: '18080',
    HTTPS_PORT: '18443',
    STACK_MARK: mark,
  }
}

/**
 * Restores the backup into the blueprint's volumes, by hand and as it should be, and serves it from
 * /root/vivid_mas_build as the project vividwalls-check; n8n is healthy when this returns.
 */
export async function serveFromBackup(
  testHost: TestHost,
  facts: VividwallsFacts,
  mark: string,
): Promise<void> {
  await docker(['cp', BLUEPRINT_FOLDER, `${testHost.name}:/root/vivid_mas_build`])
  const env = { ...blueprintEnvironment(facts, mark), HEALTH: `${facts.urls.n8n}/healthz` }
  await testHost.must(SERVE, { env, timeoutSeconds: 120 })
}

const SERVE = `
set -eu
restore() {
  docker volume create "$2" >/dev/null
  cp -a "$1/." "$(docker volume inspect --format '{{.Mountpoint}}' "$2")"
}
restore /backup/n8n_vol vividwalls_n8n_db
restore /backup/supa_vol vividwalls_supabase_db
cd /root/vivid_mas_build
cp -a /backup/supa_bind services/supabase/custom
mkdir -p n8n
cp -a /root/vivid_mas_backup/n8n/backup n8n
docker compose -p vividwalls-check up -d --wait
until curl -sfk --connect-to ::127.0.0.1:18443 "$HEALTH"; do sleep 0.1; done
`
