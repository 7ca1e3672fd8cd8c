# shellcheck shell=sh
# Keeps the old file, then puts the new one in its place by a rename. Stops where the file is neither the one that was
# inspected nor one that an earlier attempt wrote. `old` or `absent` is kept before anything changes.
: "${was?}" "${owner?}"
. ./private-originals.sh
set -eu
umask 077
mkdir -p -- "$keep"
no_symlink_in "$path"
trap 'rm -f -- "$beside"' EXIT
make_file > "$beside"
now=$(now_at)
if [ ! -e "$keep/old" ] && [ ! -e "$keep/absent" ]; then
  [ "$now" = "$was" ] || fail "$path was changed since it was looked at; nothing was written; look again"
  if [ "$now" = absent ]; then
    : > "$keep/absent"
  else
    stat -c '%a %u:%g' -- "$path" > "$keep/old.access"
    cp -a -- "$path" "$keep/old.part"
    chmod 600 -- "$keep/old.part"
    sync -- "$keep/old.part" "$keep/old.access"
    mv -f -- "$keep/old.part" "$keep/old"
  fi
  sync -- "$keep"
else
  ours || fail "$path was changed by others while the step was interrupted; nothing was written"
fi
# An earlier attempt may have come to the end.
if [ "$now" != absent ] && cmp -s -- "$beside" "$path"; then
  case $(stat -c '%a %u:%g|%a %U:%G' -- "$path") in "600 $owner|"* | *"|600 $owner") exit 0 ;; esac
fi
sum_of "$beside" >> "$keep/wrote"
echo >> "$keep/wrote"
chown -- "$owner" "$beside"
chmod 600 -- "$beside"
sync -- "$keep/wrote" "$beside"
mv -fT -- "$beside" "$path"
sync -- "${path%/*}"
