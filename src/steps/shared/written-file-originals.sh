# shellcheck shell=sh
# shellcheck disable=SC2034
. ./written-file.sh
. ./private-directory.sh
name=./${path##*/}
sum_of() { sum=$(sha256sum < "$1"); printf '%s\n' "${sum%% *}"; }
# Whether a file is the old one or what an attempt of this step wrote.
is_known() {
  if [ -e "$keep/old" ] && cmp -s -- "$keep/old" "$1"; then return 0; fi
  [ -e "$keep/wrote" ] && grep -qxF -e "$(sum_of "$1")" -- "$keep/wrote"
}
equals() { cmp -s -- "$1" "$2" && [ "$(access_of "$1")" = "$(access_of "$2")" ]; }
