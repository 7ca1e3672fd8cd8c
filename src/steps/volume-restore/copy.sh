# shellcheck shell=sh
# Copies the tree. The first copy goes into an empty directory only. A later one finds this step's own half copy: what the
# source does not have any more is deleted, and where the copy was once complete and yet not right, sums decide.
: "${from?}" "${prestage?}"
. ./target.sh
set -eu
umask 077
no_symlink_in "$from"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"
target
unused
take_back
again=
if [ -e "$keep/copying" ]; then
  again=--delete
  if [ -e "$keep/complete" ] || [ -e "$keep/reopened" ]; then again='--delete --checksum'; fi
else
  [ -z "$(find "$at/" -mindepth 1 -print -quit)" ] || fail "$called holds files that this step did not copy; nothing was written"
  : > "$keep/copying"
  sync -- "$keep"
fi
# In place, and by parts also on one machine: a copy that was cut off sends again only what is missing.
# rsync tells its progress at every file; every hundredth is kept, so that a million files do not fill the receipt.
cd -P -- "$at"
exec 3>&1
code=$(
  {
    {
      # shellcheck disable=SC2086
      rsync -aHAX --numeric-ids --inplace --no-whole-file $again --info=progress2 --stats --no-human-readable -- "$from/" ./ 4>&- &&
        echo 0 >&4 || echo $? >&4
    } | stdbuf -o0 tr '\r' '\n' | grep --line-buffered -e '%[^(]*$' -e 'xfr#[0-9]*00,' -e ' data: ' >&3 || :
  } 4>&1
)
exec 3>&-
# Of a source in use a file may go while it is copied.
[ "$code" != 24 ] || [ "$prestage" != yes ] || code=0
[ "$code" = 0 ] || fail "rsync ended with $code; the copy can be taken up again by a retry"
sync -f .
