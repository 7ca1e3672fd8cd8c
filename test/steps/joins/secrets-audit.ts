import { secretsAudit } from '../../../src/steps/secrets-audit/index.ts'
import type { Joined } from '../contract.ts'

/** What people have: a list, the old host's file with all it went through, and a container. */
export const scattered = `
mkdir -p /srv/old /root/audit
cat > /srv/old/.env <<'END'
# n8n
export N8N_ENCRYPTION_KEY="k\\"e\\$y\\\\"   # never change it
POSTGRES_PASSWORD='pa$$w#rd'
UNRELATED=1
KEY='-----BEGIN-----
AB=
-----END-----'
END
sed 's/$/\\r/' > /root/audit/list.env <<'END'
POSTGRES_PASSWORD='pa$$w#rd'
SMTP = plain text # comment
UNRELATED=2
END
chmod 600 /root/audit/list.env /srv/old/.env
docker create --name old-db --label com.docker.compose.project=old -e 'POSTGRES_PASSWORD=pa$$w#rd' -e "QUOTED=it's \\"so\\" \\\\" testbed/nginx:1 > /dev/null`

export const fields = {
  path: '/root/audit/master.env',
  sources: [{ file: '/srv/old/.env' }, { file: '/root/audit/list.env' }, { container: 'old-db' }],
  require: ['N8N_ENCRYPTION_KEY', 'POSTGRES_PASSWORD', 'KEY', 'SMTP', 'QUOTED'],
}

/** The same, but for the list found on another host of the plan. */
export const elsewhere = {
  ...fields,
  sources: [
    { host: 'beside', file: '/srv/old/.env' },
    { file: '/root/audit/list.env' },
    { host: 'beside', project: 'old', witness: true },
  ],
}

const clear = 'rm -rf /root/audit'

export const joined: Joined = {
  kind: secretsAudit,
  cases: [
    { name: 'into a new file', fields, arrange: `${clear}\n${scattered}` },
    {
      name: 'added to what is there',
      fields,
      arrange: `${clear}\n${scattered}\nprintf 'MINE=1\\nSMTP=plain text' > /root/audit/master.env; chmod 644 /root/audit/master.env; chown 1:2 /root/audit/master.env`,
      inside: true,
    },
    { name: 'from another host', fields: elsewhere, arrange: `${clear}\n${scattered}` },
  ],
}
