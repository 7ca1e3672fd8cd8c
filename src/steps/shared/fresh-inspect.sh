# shellcheck shell=sh
# shellcheck disable=SC2154
# What decides whether a target can be made and filled: who has it, who uses it, and the space on its disk. Sizes in bytes.
. ./fresh-target.sh
set -e
info=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}')
root=${info%%|*}
case $root in /?*) ;; *) fail "docker info does not say where the engine keeps its data; is it running?" ;; esac
printf 'security=%s\n' "${info#*|}"
place=$root/volumes
[ -n "$volume" ] || {
  printf 'targetSymlink=%s\n' "$(symlink_in "$path")"
  place=$parent
  if [ ! -d "$parent" ]; then echo parent=missing; place=/; fi
}
printf 'place=%s\ndisk=%s\n' "$place" "$(stat -c %d -- "$place")"
df -B1 --output=avail,iavail -- "$place" | { read -r _; read -r free inodes; case $inodes in *[!0-9]*) inodes=0 ;; esac; printf 'free=%s\nfreeInodes=%s\n' "$free" "$inodes"; }

already=0
if ! is_there; then
  echo target=absent
elif is_ours; then
  echo target=ours
  already=$(du -sB1 -- "$at") && already=${already%%[!0-9]*}
else
  echo target=foreign
fi
printf 'alreadyThere=%s\n' "$already"
for name in $(users); do printf 'usedBy=%s\n' "$name"; done
