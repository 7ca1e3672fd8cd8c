# shellcheck shell=sh
# shellcheck disable=SC2154
# Copies the tree. The first copy needs an empty directory. A later one finds a partial copy of this step: it deletes what
# the source no longer has, and compares by checksum if the copy was once complete and still differed.
: "${from?}" "${prestage?}"
. ../shared/fresh-target.sh
set -eu
umask 077
no_symlink_in "$from"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"
target
unused
take_back
# On a file system where files can share their blocks (XFS, Btrfs), a clone takes no time and no space. rsync takes a clone for
# a finished copy, by size and time, and copies whatever could not be cloned.
clone() {
  one=$(find "$from" -type f -size +0 -print -quit)
  if cp --reflink=always -- "$one" "$at/.clone" 2> /dev/null; then cp -a --reflink=auto -- "$from/." "$at/" 2> /dev/null || :; fi
  rm -f -- "$at/.clone"
}
again=
if [ -e "$keep/copying" ]; then
  again=--delete
  if [ -e "$keep/complete" ] || [ -e "$keep/reopened" ]; then again='--delete --checksum'; fi
else
  [ -z "$(find "$at/" -mindepth 1 -print -quit)" ] || fail "$called holds files that this step did not copy; nothing was written"
  : > "$keep/copying"
  sync -- "$keep"
  clone
fi
# --sparse: holes stay holes. --inplace --no-whole-file: after an interruption, rsync sends only the missing parts of a file.
# rsync prints progress for every file; every hundredth is kept, so that a million files do not fill the receipt.
cd -P -- "$at"
exec 3>&1
code=$(
  {
    {
      # shellcheck disable=SC2086
      rsync -aHAX --numeric-ids --sparse --inplace --no-whole-file $again --info=progress2 --stats --no-human-readable -- "$from/" ./ 4>&- &&
        echo 0 >&4 || echo $? >&4
    } | stdbuf -o0 tr '\r' '\n' | grep --line-buffered -e '%[^(]*$' -e 'xfr#[0-9]*00,' -e ' data: ' >&3 || :
  } 4>&1
)
exec 3>&-
# 24: a file of a source in use was removed during the copy.
[ "$code" != 24 ] || [ "$prestage" != yes ] || code=0
[ "$code" = 0 ] || fail "rsync ended with $code; a retry continues the copy"
sync -f .
