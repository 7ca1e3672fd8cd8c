# shellcheck shell=sh
# shellcheck disable=SC2034
: "${keep?}" "${own_name?}"
. ./private-file.sh
beside=${path%/*}/.$own_name
# Whether what is there is the old file, nothing where there was nothing, or what an attempt of this step wrote.
ours() {
  if [ ! -e "$path" ]; then return 0; fi
  if [ -e "$keep/old" ] && cmp -s -- "$keep/old" "$path"; then return 0; fi
  [ -e "$keep/wrote" ] && grep -qxF -e "$(sum_of "$path")" -- "$keep/wrote"
}
