# shellcheck shell=sh
# shellcheck disable=SC2154
# Unpacks a directory of the archive into the target. An interrupted attempt is made anew. A script that fails leaves the target
# empty: the disk may be the live stack's own.
: "${identity?}" "${inside?}" "${lead?}"
. ./archive.sh
. ../shared/fresh-target.sh
. ../shared/fresh-state.sh
. ./select.sh
. ../shared/live-place.sh
set -eu
umask 077
target
unused
take_back
if [ -e "$keep/complete" ]; then
  [ "$(state)" = "$(cat "$keep/complete")" ] || fail "$called was written to since it was filled; nothing was unpacked"
  exit 0
fi
is_filled='' work=$(mktemp -d)
cd -P -- "$at"
leave() {
  rm -rf -- "$work"
  let_archive_go
  [ -n "$is_filled" ] || find . -mindepth 1 -delete
}
if [ ! -e "$keep/copying" ]; then
  [ -z "$(find . -mindepth 1 -print -quit)" ] || { rm -rf -- "$work"; fail "$called holds files that this step did not unpack; nothing was written"; }
  : > "$keep/copying"
  sync -- "$keep"
fi
trap leave EXIT
trap 'exit 1' TERM INT HUP
find . -mindepth 1 -delete
open_archive
unchanged() { [ "$(identity)" = "$identity" ]; }
unchanged || fail "the archive $archive was replaced or written to since it was inspected; nothing was unpacked. Inspect the step again"
code=0
# A directory of which the archive has only the names of its members gets a mode that others can enter. The target is not in its
# place yet.
umask 022
# An entry of the archive for the directory itself sets its mode at the end.
chmod 0 .
# A checkpoint is 10 KiB of the archive.
# shellcheck disable=SC2016
unpacked | selected -x -p --same-owner --numeric-owner --delay-directory-restore --xattrs --xattrs-include='*' --acls \
  --checkpoint=5000 --checkpoint-action='exec=echo progress=$((TAR_CHECKPOINT * 10240))' 2> "$work/error" || code=$?
unchanged || fail "the archive $archive was replaced or written to while it was unpacked; what was unpacked was removed"
[ ! -e "$work/decrypt-failed" ] || fail "the archive $archive could not be decrypted: $(grep . "$work/decrypt-error" | tail -n 1 | cut -c 1-200)"
[ ! -e "$work/unpack-failed" ] || fail "the archive $archive could not be read to its end: $(grep . "$work/unpack-error" | head -n 1 | cut -c 1-200)"
[ "$code" = 0 ] || fail "tar ended with $code: $({ grep 'No space left' "$work/error" || grep . "$work/error"; } | head -n 1 | cut -c 1-300)"
if [ "$(stat -c %a .)" = 0 ]; then
  # The archive has no entry for it, as tar -c * makes none. Root's own directory would keep out the service that writes to it.
  if live_place; then
    chown --reference="$live" .
    chmod --reference="$live" .
  else
    owners=$(find . -mindepth 1 -maxdepth 1 -printf '%U:%G\n' | sort -u)
    case $owners in *[!0-9:]*) ;; *:*) chown "$owners" . ;; esac
    chmod 755 .
  fi
fi
sync -f .
is_filled=yes
