# shellcheck shell=sh
# Runs in a scratch container: serves the data directory /scratch as the image's user postgres, with scratch.conf. First adds
# a superuser in single-user mode, because nobody knows the name of the copy's own.
# shellcheck disable=SC2012
programs=$(dirname "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres 2> /dev/null | head -n 1)")
id postgres > /dev/null 2>&1 || echo 'postgres:x:999:999::/tmp:/bin/sh' >> /etc/passwd
chown -R postgres /scratch && chmod 700 /scratch || exit
serve() { su -s /bin/sh postgres -c "exec $programs/postgres $1 -D /scratch -c config_file=/scratch/scratch.conf $2"; }
echo 'create role reinstate_scratch superuser login' | serve --single "-c shared_preload_libraries= -c default_transaction_read_only=off -c exit_on_error=on template1" > /dev/null || exit
# A library that the image lacks, or that does not start here, is needed by few data.
serve '' || serve '' '-c shared_preload_libraries='
