# shellcheck shell=sh
# `client_state` prints what became of the client: none, running, ended, killed, or rebooted with its host.
: "${keep?}"
client_state() {
  if [ ! -e "$keep/client" ]; then echo none; return; fi
  read -r pid born boot < "$keep/client"
  read -r this_boot < /proc/sys/kernel/random/boot_id
  if [ "$boot" = "$this_boot" ] && { read -r line < "/proc/$pid/stat"; } 2> /dev/null; then
    # shellcheck disable=SC2086
    set -- ${line##*) }
    if [ "$1" != Z ] && [ "${20}" = "$born" ]; then echo running; return; fi
  fi
  if [ -e "$keep/ended" ]; then echo ended
  elif [ "$boot" != "$this_boot" ]; then echo rebooted
  else echo killed; fi
}
