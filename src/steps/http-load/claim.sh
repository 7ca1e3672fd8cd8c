# shellcheck shell=sh
# The beginning of a client in a session of its own: one client at a time, known by process, its start and the boot.
: "${keep?}"
read -r line < "/proc/$$/stat"
# shellcheck disable=SC2086
set -- ${line##*) }
shift 19
read -r boot < /proc/sys/kernel/random/boot_id
echo "$$ $1 $boot" > "$keep/client.$$"
ln -- "$keep/client.$$" "$keep/client" 2> /dev/null || { rm -f -- "$keep/client.$$"; exit 0; }
rm -f -- "$keep/client.$$"
