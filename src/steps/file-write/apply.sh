# shellcheck shell=sh
# Keeps the old file, then puts the new one in its place by a rename. Stops where the file is neither the one that was
# inspected nor the one that an earlier attempt wrote. `old` or `absent` is kept before anything changes.
: "${was?}" "${sha256?}" "${content?}" "${mode?}" "${owner?}"
. ./file.sh
set -eu
umask 077
wanted="$mode $owner"
mkdir -p -- "$keep"
no_symlink_in "$path"
now=$(sum_now)
if [ ! -e "$keep/old" ] && [ ! -e "$keep/absent" ]; then
  [ "$now" = "$was" ] || fail "$path was changed since it was looked at: sha256 was $was, is $now; look again"
  if [ "$now" = absent ]; then
    : > "$keep/absent"
  else
    cp -a -- "$path" "$keep/old.part"
    sync -- "$keep/old.part"
    mv -f -- "$keep/old.part" "$keep/old"
  fi
  sync -- "$keep"
else
  case $now in "$was" | "$sha256") ;; *) fail "$path was changed by others while the step was interrupted; nothing was written" ;; esac
fi
# An earlier attempt may have come to the end.
if [ "$now" = "$sha256" ]; then
  case $(stat -c '%a %u:%g|%a %U:%G' -- "$path") in "$wanted|"* | *"|$wanted") exit 0 ;; esac
fi
rm -f -- "$beside"
printf '%s\n' "$content" | base64 -d > "$beside"
[ "$(sha256sum < "$beside")" = "$sha256  -" ] || fail "$path could not be written whole; is the disk full?"
chown -- "$owner" "$beside"
chmod -- "$mode" "$beside"
sync -- "$beside"
mv -fT -- "$beside" "$path"
sync -- "${path%/*}"
