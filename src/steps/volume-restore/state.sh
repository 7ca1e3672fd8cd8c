# shellcheck shell=sh
# shellcheck disable=SC2154
# No data is read: inode, sizes, owners and change times, which no program can set, are enough to see any write. Of the
# directory itself, whose change time a rename changes, the time of modification counts.
state() {
  { find "$at" -mindepth 1 -printf '%i %n %y %m %U %G %s %C@ %l %P\0'; find "$at" -maxdepth 0 -printf '%i %n %m %U %G %s %T@\0'; } |
    LC_ALL=C sort -z | sha256sum
}
