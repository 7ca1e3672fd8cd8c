# shellcheck shell=sh
: "${keep?}" "${owner?}" "${mode?}"
. ../shared/symlink-guard.sh
set -eu
umask 077
mkdir -p -- "$keep"
# Written first: without it an undo knows that none of these directories is this step's.
: > "$keep/begun"
umask 022
for path; do
  no_symlink_in "$path"
  mkdir -p -- "$path"
  [ -z "$owner" ] || chown -- "$owner" "$path"
  [ -z "$mode" ] || chmod -- "$mode" "$path"
done
