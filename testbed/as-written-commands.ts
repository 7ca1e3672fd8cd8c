import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BLUEPRINT_FOLDER } from './vividwalls-blueprint.ts'
import type { VividwallsFacts } from './vividwalls-facts.ts'

/** A command of the source document, verbatim except for its placeholders (`[contents]`, `for each`). */
export interface Written {
  /** The row of the source. */
  readonly row: string
  readonly command: string
  /** The short form of a long command, for display. */
  readonly shown?: string
}

const BUILD = '/root/vivid_mas_build'

/** Rows 1.1 to 1.4: the scaffold. */
export async function scaffoldAsWritten(): Promise<readonly Written[]> {
  const sites = ['n8n', 'supabase', 'www'].map(
    (name) => ['1.3', `caddy/sites-enabled/${name}.caddy`] as const,
  )
  const services = ['n8n', 'supabase', 'caddy'].map(
    (name) => ['1.4', `services/${name}/docker-compose.yml`] as const,
  )
  const files = [['1.2', 'docker-compose.yml'], ['1.3', 'Caddyfile'], ...sites, ...services] as const
  return [
    {
      row: '1.1',
      command: `mkdir -p ${BUILD}/{services/{supabase,n8n,caddy,...},caddy/sites-enabled,data,n8n/backup,scripts,sql_chunks,shared}`,
    },
    ...(await Promise.all(files.map(async ([row, file]) => here(row, file)))),
  ]
}

/** Row 2.1, the first half: a copy of a file, which the document describes without a command. */
export const MASTER_ENV: Written = { row: '2.1', command: `scp ./master.env root@server:${BUILD}/.env` }

/** Row 2.1, the second half. */
export const N8N_FILES: Written = {
  row: '2.1',
  command: `cp -r /root/vivid_mas_backup/n8n/backup/* ${BUILD}/n8n/backup/`,
}

/** Rows 2.2 and 2.3. */
export const MIGRATION: readonly Written[] = [
  { row: '2.2', command: `cd ${BUILD} && docker-compose up -d postgres supabase-db` },
  { row: '2.2', command: 'N8N_VOL=$(< /dev/null); rsync -a /backup/n8n_vol/ $N8N_VOL/' },
  { row: '2.2', command: 'SUPA_VOL=$(< /dev/null); rsync -a /backup/supa_vol/ $SUPA_VOL/' },
  { row: '2.2', command: `cd ${BUILD} && docker-compose down` },
  { row: '2.3', command: `cd ${BUILD} && docker-compose up -d` },
]

/** Rows 3.1 and 3.2. */
export function validationAsWritten({ urls }: VividwallsFacts): readonly Written[] {
  return [
    { row: '3.1', command: `cd ${BUILD} && docker-compose ps` },
    ...[urls.site, urls.n8n, urls.supabase].map((url) => ({ row: '3.2', command: `curl -I ${url}` })),
  ]
}

/** Rows 4.1 to 4.6. */
export const CUTOVER: readonly Written[] = [
  { row: '4.1', command: `cd ${BUILD} && docker-compose down` },
  { row: '4.1', command: 'docker stop $(docker ps -aq)' },
  { row: '4.2', command: 'mv /root/vivid_mas /root/vivid_mas_DEPRECATED_$(date +%Y%m%d)' },
  { row: '4.3', command: `mv ${BUILD} /root/vivid_mas` },
  { row: '4.4', command: 'cd /root/vivid_mas && docker-compose up -d' },
  { row: '4.5', command: 'rm -rf /home/vivid/vivid_mas/' },
  { row: '4.5', command: 'rm -rf /root/twenty-crm/' },
  { row: '4.6', command: 'docker system prune -af' },
]

/** Row 2.2 repeated with a corrected variable, in what is now the live directory. */
export const ONCE_MORE: readonly Written[] = [
  { row: '2.2', command: 'cd /root/vivid_mas && docker-compose up -d postgres supabase-db' },
  { row: '2.2', command: intoVolume('N8N_VOL', 'vivid_mas_n8n_db', '/backup/n8n_vol') },
  { row: '2.2', command: intoVolume('SUPA_VOL', 'vivid_mas_supabase_db', '/backup/supa_vol') },
  { row: '2.2', command: 'cd /root/vivid_mas && docker-compose down' },
  { row: '2.3', command: 'cd /root/vivid_mas && docker-compose up -d' },
]

function intoVolume(variable: string, volume: string, from: string): string {
  return `${variable}=$(docker volume inspect --format '{{.Mountpoint}}' ${volume}); rsync -a ${from}/ $${variable}/`
}

async function here(row: string, file: string): Promise<Written> {
  const text = asInTheSource(await readFile(join(BLUEPRINT_FOLDER, file), 'utf8'))
  const command = `cat > ${BUILD}/${file} <<'EOF'\n${text.trimEnd()}\nEOF`
  return { row, command, shown: `cat > ${BUILD}/${file} <<'EOF' …` }
}

/** The source starts databases to create their volumes, which are not external, and no file names the project. */
function asInTheSource(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^name: |^ {4}external: true$|^ {4}name: \$\{/.test(line))
    .join('\n')
}
