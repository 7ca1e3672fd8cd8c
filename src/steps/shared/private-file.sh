# shellcheck shell=sh
# A file with secrets in it: mode 0600, and neither its bytes nor a plain sum of them leaves the host, for a sum of something
# short can be guessed. That it is still the one that was inspected is told by inode and change time. What includes this
# defines make_file, which prints the wanted bytes.
: "${path?}"
. ./symlink-guard.sh
identity() { stat -c '%i.%.Z' -- "$1"; }
sum_of() { sum=$(sha256sum < "$1"); printf '%s' "${sum%% *}"; }
now_at() {
  if [ ! -e "$path" ]; then printf absent; return; fi
  [ -f "$path" ] || fail "$path is not a file"
  identity "$path"
}
