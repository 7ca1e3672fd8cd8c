# shellcheck shell=sh
# Runs in the scratch container. A single-user server recovers and stops, and starts nothing else: no worker of an extension,
# no archiving, no vacuum. It has the settings of the server that depend on its WAL, and none that need files of its machine.
set -eu
: "${IDENTITY?}"
[ "$(stat -c %d:%i /backup)" = "$IDENTITY" ] || { echo "/backup is not the directory of the backup: a name on its path was replaced" >&2; exit 1; }
programs=$(dirname "$(command -v postgres || for at in /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres; do echo "$at"; done | tail -n 1)")
control() { "$programs/pg_controldata" -D /backup; }
serve() {
  "$programs/postgres" --single -D /backup -c config_file=/tmp/scratch.conf -c hba_file=/dev/null -c ident_file=/dev/null \
    -c archive_mode=off -c shared_buffers=128MB -c huge_pages=off "$@" template1 < /dev/null
}
"$programs/pg_verifybackup" -q /backup
control | sed -n 's/^max_prepared_xacts /max_prepared_transactions /; s/^max_locks_per_xact /max_locks_per_transaction /; s/^\([a-z_]*\) setting: */\1 = /p' > /tmp/scratch.conf
# A library whose records are in the WAL is needed; any other may be missing in this image.
serve -c shared_preload_libraries= || serve
[ "$(control | sed -n 's/^Database cluster state: *//p')" = 'shut down' ]
