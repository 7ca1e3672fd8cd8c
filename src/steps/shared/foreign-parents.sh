# shellcheck shell=sh
# Prints, for each line of `paths`, the first directory on the way to it in which others than root and this user may replace
# a name: `DIRECTORY OWNER:GROUP`. In a sticky directory only its owner may.
: "${paths?}"
me=$(id -u)
others_write() {
  facts=$(stat -c '%u %g 0%a' -- "$1") || return
  owner=${facts%% *} mode=${facts##* } group=${facts#* }
  if [ "$owner" != 0 ] && [ "$owner" != "$me" ]; then return 0; fi
  writers=0022
  [ "${group%% *}" != 0 ] || writers=0002
  [ $((mode & 01000)) = 0 ] && [ $((mode & writers)) != 0 ]
}
printf '%s\n' "$paths" | while IFS= read -r path; do
  way='' left=${path%/*}/
  while [ -n "$left" ]; do
    way=$way${left%%/*} left=${left#*/}
    [ -d "${way:-/}" ] || break
    if others_write "${way:-/}"; then
      printf '%s %s\n' "${way:-/}" "$(stat -c %U:%G -- "${way:-/}")"
      break
    fi
    way=$way/
  done
done | sort -u
