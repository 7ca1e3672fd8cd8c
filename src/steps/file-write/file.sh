# shellcheck shell=sh
# shellcheck disable=SC2034
# The file, and the one beside it that is renamed over it: nobody else has this name. `keep` holds the old bytes.
: "${path?}" "${keep?}" "${own_name?}"
. ../shared/symlink-guard.sh
beside=${path%/*}/.$own_name
sum_now() {
  if [ -e "$path" ]; then
    [ -f "$path" ] || fail "$path is not a file"
    sum=$(sha256sum < "$path")
    printf '%s' "${sum%% *}"
  else
    printf absent
  fi
}
