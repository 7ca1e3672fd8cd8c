# shellcheck shell=sh
# shellcheck disable=SC2016
# Runs in the server's container: stdin is open as long as the script on the host lives, stdout is the tar. The WAL since the
# beginning is kept for the backup by a slot that goes with this session.
exec 3<&0 4>&1
ended=$(psql -X -q -A -t -w -v ON_ERROR_STOP=1 -d postgres << END
\\o /dev/null
select set_config(name, '0', false) from pg_settings where name in ('idle_session_timeout', 'statement_timeout');
select pg_create_physical_replication_slot('$1', true, true);
\\! sh -c "\$BASE_BACKUP"
END
)
[ "$ended" = 0 ]
