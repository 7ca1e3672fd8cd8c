# shellcheck shell=sh
# `holds_data PATH`: whether a directory holds anything but directories, and what a server makes anew when it starts:
# sockets, pipes, locks of sockets, files with the number of a process.
holds_data() {
  [ -n "$(find "$1" -mindepth 1 ! -type d ! -type s ! -type p ! -name '*.pid' ! -name '*.sock.lock' ! -name '.s.PGSQL.*.lock' -print -quit 2> /dev/null)" ]
}
