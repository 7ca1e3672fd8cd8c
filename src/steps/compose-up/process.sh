# shellcheck shell=sh
: "${inode?}"
find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:?$inode?" -printf '%p\n' 2> /dev/null | while IFS= read -r open; do
  process=${open#/proc/} process=${process%%/*}
  printf 'process=%s (%s)\n' "$(cat "/proc/$process/comm")" "$process"
  exit 0
done
exit 0
