export const DOMAIN = 'vividwalls.test'

/** The ports that a test host for VividWalls is to be started with: the old stack's, the neighbours', two for checks. */
export const VIVIDWALLS_PORTS: readonly number[] = [80, 443, 18_080, 18_081, 18_082, 18_443]

export const URLS = {
  site: `https://${DOMAIN}`,
  n8n: `https://n8n.${DOMAIN}`,
  supabase: `https://supabase.${DOMAIN}`,
} as const

export const IMAGES = {
  postgres: 'testbed/postgres:17',
  n8n: 'testbed/n8n:1',
  supabaseApi: 'testbed/supabase-api:1',
  caddy: 'testbed/caddy:2',
} as const

export const BACKUP = {
  folder: '/backup',
  n8nVolume: '/backup/n8n_vol',
  supabaseVolume: '/backup/supa_vol',
  supabaseBind: '/backup/supa_bind',
  /** Of n8nVolume alone, paths from /backup. */
  manifest: '/backup/MANIFEST.sha256',
  /** With dotfiles, odd names and links. */
  n8nExport: '/root/vivid_mas_backup/n8n/backup',
} as const

export const OLD = {
  /** Compose takes it from the folder's name; no file says it. */
  project: 'vivid_mas',
  folder: '/root/vivid_mas',
  /** Caddy's, on every address. */
  ports: [80, 443],
  /** Of `docker run`, always restarted, in the project's network. */
  plainContainer: 'vivid_mcp_server',
  volumes: { n8n: 'vivid_mas_postgres_data', supabase: 'vivid_mas_supabase_data' },
  supabaseBind: '/root/vivid_mas/services/supabase/custom',
} as const

/** Paths of the old host that a clean-up has on its list; only `free` may go. */
export const LEGACY = {
  /** `files` in it is a bind mount of the container neighbour_files. */
  bindMounted: '/root/twenty-crm',
  /** /etc/cron.d/vivid runs a script in it. */
  inCrontab: '/home/vivid/vivid_mas',
  free: '/root/vivid_mas_old',
  /** /root/site leads into it. */
  linkedTo: '/home/vivid/old-site',
  /** Holds the export that the plan restores. */
  withBackup: '/root/vivid_mas_backup',
} as const

/** Where each secret is found; no name is in two places. */
export const SECRETS_IN = {
  dotEnv: ['POSTGRES_PASSWORD', 'SUPABASE_PASSWORD'],
  /** In a container's environment and nowhere else. */
  containers: {
    N8N_ENCRYPTION_KEY: 'vivid_mas-n8n-1',
    JWT_SECRET: 'vivid_mas-supabase-1',
    LINEAR_API_KEY: 'vivid_mcp_server',
  },
  handedOver: ['SMTP_PASSWORD'],
} as const
