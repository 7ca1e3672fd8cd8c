# shellcheck shell=sh
# shellcheck disable=SC2034
. ./written-file.sh
. ./private-directory.sh
name=./${path##*/}
sum_of() { sum=$(sha256sum < "$1"); printf '%s\n' "${sum%% *}"; }
# What an attempt wrote, in a line of $keep/wrote: content, and inode with time of birth, which a rename keeps.
written() { printf '%s %s\n' "$(sum_of "$1")" "$(stat -c %i.%.W -- "$1")"; }
# Whether a file is the old one or what an attempt of this step wrote. An older version recorded only the content. Where
# there is an old file to put back, another file with the content counts too: the undo of a later run's step puts one there.
is_known() {
  if [ -e "$keep/old" ] && cmp -s -- "$keep/old" "$1"; then return 0; fi
  [ -e "$keep/wrote" ] || return
  if [ -e "$keep/old" ] && grep -qF -e "$(sum_of "$1")" -- "$keep/wrote"; then return 0; fi
  grep -qxF -e "$(written "$1")" -e "$(sum_of "$1")" -- "$keep/wrote"
}
equals() { cmp -s -- "$1" "$2" && [ "$(access_of "$1")" = "$(access_of "$2")" ]; }
