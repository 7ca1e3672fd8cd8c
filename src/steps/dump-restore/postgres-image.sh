# shellcheck shell=sh
# Runs in a scratch container: prints the version of the image's server, where its data is, and its extensions.
# shellcheck disable=SC2012
programs=$(dirname "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres 2> /dev/null | head -n 1)")
"$programs/postgres" --version | sed 's/^postgres (PostgreSQL) \([0-9]*\).*/serves=\1/'
find "$("$programs/pg_config" --sharedir 2> /dev/null || echo /usr/share/postgresql)" -name '*.control' 2> /dev/null |
  sed -n 's#.*/extension/\(.*\)\.control$#installed=\1#p'
