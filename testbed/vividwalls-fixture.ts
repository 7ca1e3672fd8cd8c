/** Backups and what a clean-up finds; needs nothing of the engine. */
export const LAY_FILES = `
set -eu
umask 022
chmod 700 /backup
tar -C /backup -xf /opt/vividwalls/backup.tar
mkdir -p /root/vivid_mas_backup
tar -C /root/vivid_mas_backup -xf /opt/vividwalls/export.tar

mkdir -p /root/twenty-crm/files /home/vivid/vivid_mas/scripts /root/vivid_mas_old/data /home/vivid/old-site/public
printf '<h1>Files</h1>' >/root/twenty-crm/files/index.html
echo 'services: {}' >/root/twenty-crm/docker-compose.yml
printf '#!/bin/sh\\ntrue\\n' >/home/vivid/vivid_mas/scripts/nightly
chmod 755 /home/vivid/vivid_mas/scripts/nightly
echo 'N8N_ENCRYPTION_KEY=of-another-time' >/home/vivid/vivid_mas/.env
echo '17 3 * * * root /home/vivid/vivid_mas/scripts/nightly' >/etc/cron.d/vivid
head -c 50000 /dev/zero >/root/vivid_mas_old/data/old.bin
echo hidden >/root/vivid_mas_old/.hidden
chown -R 1000:1000 /root/vivid_mas_old
printf '<h1>Old site</h1>' >/home/vivid/old-site/public/index.html
ln -s /home/vivid/old-site/public /root/site
`

/** Somebody else's: a Compose project and a plain container. */
export const LAY_NEIGHBOURS = `
set -eu
cd /srv/neighbour
printf '<h1>Neighbour</h1>' >index.html
at=$(docker volume inspect --format '{{.Mountpoint}}' "$(docker volume create neighbour_data)")
cp index.html "$at"
docker compose --progress quiet up -d
docker run -d --name neighbour_files --restart unless-stopped -p 18082:80 -v /root/twenty-crm/files:/usr/share/nginx/html:ro testbed/nginx:1
`

/** The old stack. What is in its environment only was exported in somebody's shell when it was started. */
export const LAY_OLD_STACK = `
set -eu
umask 022
cd /root/vivid_mas
printf "DOMAIN=%s\\nPOSTGRES_PASSWORD='%s'\\nSUPABASE_PASSWORD='%s'\\n" "$DOMAIN" "$POSTGRES_PASSWORD" "$SUPABASE_PASSWORD" >.env
chmod 644 .env
fill() { # fill VOLUME: as Compose makes it
  docker volume create --label com.docker.compose.project=vivid_mas --label "com.docker.compose.volume=$1" "vivid_mas_$1" >/dev/null
  tar -C "$(docker volume inspect --format '{{.Mountpoint}}' "vivid_mas_$1")" -x
}
fill postgres_data </opt/vividwalls/broken-n8n.tar &
fill supabase_data </opt/vividwalls/broken-supabase.tar
wait "$!"
docker compose --progress quiet up -d
docker run -d --name vivid_mcp_server --restart always --network vivid_mas_default -e LINEAR_API_KEY="$LINEAR_API_KEY" testbed/nginx:1
`

/** Until all that was laid answers as it should: the old stack wrongly, the neighbours well. */
export const WAIT_UNTIL_LAID = `
set -eu
answers() { [ "$(curl -sk -o /dev/null -w '%{http_code}' --max-time 2 --connect-to "::127.0.0.1:" "$2")" = "$1" ] || { missing="$2 with $1"; false; }; }
supabase() {
  at="$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' vivid_mas-supabase-1)"
  [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "http://$at:3000/health")" = 200 ] || { missing="supabase at $at"; false; }
}
schedules() {
  curl -sk --max-time 2 --connect-to ::127.0.0.1: "https://n8n.$DOMAIN/rest/schedules" | grep -q '"schedules": "on"' ||
    { missing='schedules that are on'; false; }
}
within=300
until answers 503 "https://n8n.$DOMAIN/healthz" && answers 502 "https://supabase.$DOMAIN/health" && answers 200 "https://$DOMAIN/" &&
  answers 200 http://127.0.0.1:18081/ && answers 200 http://127.0.0.1:18082/ && supabase && schedules; do
  within=$((within - 1))
  [ "$within" -gt 0 ] || { echo "not there: $missing" >&2; docker ps -a >&2; exit 1; }
  sleep 0.1
done
`
