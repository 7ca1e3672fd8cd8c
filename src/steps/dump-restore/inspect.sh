# shellcheck shell=sh
# shellcheck disable=SC2154
# What decides whether the dump can be restored into the volume, without reading the dump. Sizes in bytes. `done=yes` if this
# step has filled the volume, and nothing has written to it since.
: "${image?}"
. ./dump.sh
. ../shared/fresh-target.sh
. ../shared/fresh-state.sh
. ../shared/image.sh
set -e
info=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}')
case ${info%%|*} in /?*) ;; *) fail "docker info does not say where the engine keeps its data; is it running?" ;; esac
printf 'security=%s\nfree=%s\n' "${info#*|}" "$(($(df -B1 --output=avail -- "${info%%|*}/volumes" | tail -n 1)))"
readable=yes
for file in "$dump" ${globals:+"$globals"}; do
  link=$(symlink_in "$file")
  printf 'symlink=%s\n' "$link"
  if [ -d "$file" ]; then echo source=directory
  elif [ -f "$file" ]; then printf 'source=%s\n' "$([ -s "$file" ] && echo file || echo empty)"
  elif [ -e "$file" ]; then echo source=other
  else echo source=absent; fi
  if [ -n "$link" ] || { [ ! -f "$file" ] && [ ! -d "$file" ]; }; then readable=; fi
done
# What cannot be read is refused by what was printed.
if [ -n "$readable" ]; then
  hold_dump
  for file in "$held" $held_globals; do
    [ -f "$file" ] || continue
    unpacker=$(packing_of "$file")
    [ -z "$unpacker" ] || command -v "$unpacker" > /dev/null || printf 'lacks=%s\n' "$unpacker"
  done
  [ ! -d "$held" ] || find "$held/" -mindepth 1 ! -type f -printf 'notFile=%P\n' -quit
  printf 'identity=%s\ndumpBytes=%s\n' "$(identity)" "$(find -L "$held" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')"
  printf 'writtenAt=%s\n' "$(find -L "$held" -type f -printf '%T@\n' | sort -n | tail -n 1 | cut -d . -f 1)"
fi
printf 'image=%s\n' "$(image_id "$image")"
already=0
if ! is_there; then
  echo target=absent
elif is_ours; then
  echo target=ours
  already=$(du -sB1 -- "$at") && already=${already%%[!0-9]*}
  if [ -e "$keep/complete" ] && [ "$(state)" = "$(cat "$keep/complete")" ]; then echo done=yes; fi
else
  echo target=foreign
fi
printf 'alreadyThere=%s\n' "$already"
# A load that was interrupted may go on in its scratch container.
for name in $(users | grep -v "^reinstate-scratch-"); do printf 'usedBy=%s\n' "$name"; done
