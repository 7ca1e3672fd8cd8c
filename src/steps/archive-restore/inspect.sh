# shellcheck shell=sh
# shellcheck disable=SC2154
# What decides whether the archive can be read, without reading it. Sizes in bytes.
. ./archive.sh
set -eu
source=absent
if [ -f "$archive" ]; then source='file'; elif [ -e "$archive" ]; then source=other; fi
[ "$source" != file ] || [ -s "$archive" ] || source=empty
printf 'source=%s\nsymlink=%s\n' "$source" "$(symlink_in "$archive")"
if [ "$source" = file ] && [ -z "$(symlink_in "$archive")" ]; then
  printf 'missingPart=%s\n' "$(missing_part)"
  trap let_archive_go EXIT
  hold_archive
  tar --version 2> /dev/null | grep -q 'GNU tar' || echo lacks=tar
  printf 'encryption=%s\n' "$decrypter"
  if [ -n "$decrypter" ]; then
    command -v "$decrypter" > /dev/null || printf 'lacks=%s\n' "$decrypter"
  else
    find_unpacker
    [ -z "$unpacker" ] || command -v "$unpacker" > /dev/null || printf 'lacks=%s\n' "$unpacker"
  fi
  printf 'magic=%s\n' "$(head -c 6 -- "$first_held" | od -An -tx1 | tr -d ' \n')"
  # shellcheck disable=SC2086
  stat -L -c '%s %Y' -- $held | awk '{ bytes += $1; if ($2 > at) at = $2 } END { printf "archiveBytes=%.0f\nwrittenAt=%.0f\nparts=%d\n", bytes, at, NR }'
  printf 'identity=%s\n' "$(identity)"
fi
