import { treeCheck } from '../../../src/steps/tree-check/index.ts'
import type { Joined } from '../contract.ts'

export const blueprint = {
  path: '/srv/build',
  directories: ['services/n8n', 'services/supabase', 'data', 'it is'],
  files: ['docker-compose.yml', 'caddy/sites-enabled/n8n.caddy', '.env'],
}

export const built = `mkdir -p /srv/build && cd /srv/build && mkdir -p services/n8n services/supabase data 'it is' caddy/sites-enabled && touch docker-compose.yml caddy/sites-enabled/n8n.caddy .env`

export const joined: Joined = {
  kind: treeCheck,
  cases: [{ name: 'as its blueprint', fields: blueprint, arrange: built }],
}
