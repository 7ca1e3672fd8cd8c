# shellcheck shell=sh
# shellcheck disable=SC2154
# No data is read: inode, sizes, owners and change times, which no program can set, are enough to see any write. Times and
# sizes of directories do not count: a file that a later step wrote there, and its undo removed, leaves nothing to keep.
state() {
  find "$at" \( -type d -printf '%i %y %m %U %G %P\0' \) -o -printf '%i %n %y %m %U %G %s %C@ %l %P\0' | LC_ALL=C sort -z | sha256sum
}
# Whether only files changed that a PostgreSQL server writes by itself when it starts, stops or makes a checkpoint.
only_server_files() {
  [ -n "$(find "$at" -maxdepth 2 -name PG_VERSION -print -quit)" ] || return 1
  [ -z "$(find "$at" ! -type d -cnewer "$keep/complete" ! -path '*/pg_wal/*' ! -path '*/pg_stat/*' ! -path '*/pg_stat_tmp/*' \
    ! -path '*/pg_logical/*' ! -path '*/pg_subtrans/*' ! -path '*/pg_notify/*' ! -path '*/log/*' ! -name pg_control ! -name pg_internal.init \
    ! -name postmaster.pid ! -name postmaster.opts ! -name current_logfiles -print -quit)" ]
}
