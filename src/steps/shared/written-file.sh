# shellcheck shell=sh
# A file that a step writes. Content with secrets is only compared on the host: neither its bytes nor a checksum leave
# it, because a checksum of something short can be guessed. A file is known by inode and change time instead.
# What includes the other written-file scripts defines make_file, which prints the wanted bytes.
: "${path?}"
. ./symlink-guard.sh
identity() { stat -c '%i.%.Z' -- "$1"; }
access_of() { stat -c '%a %u %g %U %G' -- "$1"; }
is_file() { [ -f "$1" ] && [ ! -L "$1" ]; }
