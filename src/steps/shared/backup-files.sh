# shellcheck shell=sh
: "${from?}"
. ./symlink-guard.sh
set -u
export LC_ALL=C
no_symlink_in "$from"
[ -d "$from" ] || fail "the backup $from is missing"
printf 'now=%s\n' "$(date +%s)"
find "$from" \( -type f -printf 'f %s %T@\n' \) -o \( ! -type d -printf 'o\n' \) | awk '
  $1 == "f" { files++; bytes += $2; if ($3 > newest) newest = $3 }
  $1 == "o" { others++ }
  END { printf "files=%.0f\nbytes=%.0f\nnewest=%.0f\nothers=%.0f\n", files, bytes, int(newest), others }'
