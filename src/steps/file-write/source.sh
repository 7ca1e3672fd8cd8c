# shellcheck shell=sh
# Prints the file on the host whose bytes are copied, and whether the path has them. It may hold secrets: no bytes and no
# checksum leave the host.
: "${source?}"
. ../shared/written-file-state.sh
source_kind=absent
[ ! -e "$source" ] || source_kind=other
if [ -f "$source" ]; then
  source_kind='file'
  printf 'source=%s\nsourceBytes=%s\n' "$(identity "$source")" "$(stat -c %s -- "$source")"
  if [ "$kind" = file ]; then
    if cmp -s -- "$source" "$path"; then echo same=yes; else echo same=no; fi
  fi
fi
printf 'symlinkSource=%s\nsourceKind=%s\n' "$(symlink_in "$source")" "$source_kind"
