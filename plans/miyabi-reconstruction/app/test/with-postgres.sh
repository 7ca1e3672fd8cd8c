#!/bin/sh
# Runs a command with a PostgreSQL of its own on the loopback interface, from a file system of the image POSTGRES at /postgres.
# So the tests of a build without a network have the database that the program has. As root.
set -eu
root=/postgres
bin=$(cd "$root" && echo usr/lib/postgresql/*/bin)
user=$(sed -n 's/^postgres:[^:]*:\([0-9]*:[0-9]*\):.*/\1/p' "$root/etc/passwd")
in_postgres() { chroot --userspec="$user" "$root" /usr/bin/env LC_ALL=C.UTF-8 HOME=/tmp "$@"; }
[ -c "$root/dev/null" ] || { mkdir -p "$root/dev" && mknod -m 666 "$root/dev/null" c 1 3; }
mkdir -p "$root/tmp/data" && chown "$user" "$root/tmp/data"
in_postgres "/$bin/initdb" -D /tmp/data -U postgres -A trust >/dev/null
in_postgres "/$bin/pg_ctl" -D /tmp/data -w -s -l /tmp/log start \
  -o '-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c dynamic_shared_memory_type=mmap -c fsync=off' ||
  { cat "$root/tmp/log"; exit 1; }
status=0
DATABASE_URL=postgres://postgres@127.0.0.1/postgres "$@" || status=$?
in_postgres "/$bin/pg_ctl" -D /tmp/data -m immediate -s stop
exit "$status"
