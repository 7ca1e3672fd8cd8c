# shellcheck shell=sh
# Moves staging to the target: as a whole if the target is fresh, otherwise each missing directory and file. Nothing that
# is there can be replaced.
. ./trees.sh
set -eu
umask 077
no_symlink_in "$to"
[ -e "$keep/copied" ] || fail "nothing was copied yet"
enter_parent || fail "$parent is not there any more; nothing was written"
if [ ! -e "$keep/placed" ]; then
  if [ "$into" = existing ]; then
    # In this order a directory comes before what is in it, and takes it along.
    sort -z "$keep/added" | TO=$to STAGE=$stage xargs -0 -r sh -c '
      entered=
      for path; do
        if [ ! -e "$STAGE/$path" ] && [ ! -L "$STAGE/$path" ]; then continue; fi
        case $path in */*) at=$TO/${path%/*} ;; *) at=$TO ;; esac
        if [ "$at" != "$entered" ]; then
          cd -P -- "$at" && [ "$(readlink /proc/self/cwd)" = "$at" ] || { printf "%s\n" "$at is not a directory, or is reached by a symbolic link by now" >&2; exit 255; }
          entered=$at
        fi
        name=./${path##*/}
        if [ -d "$STAGE/$path" ] && [ ! -L "$STAGE/$path" ]; then
          mv -nT -- "$STAGE/$path" "$name" 2> /dev/null || :
          [ -e "$STAGE/$path" ] || continue
        else
          ln -P -- "$STAGE/$path" "$name" 2> /dev/null && continue
          [ "$(stat -c %d.%i -- "$STAGE/$path")" != "$(stat -c %d.%i -- "$name" 2> /dev/null)" ] || continue
        fi
        printf "%s\n" "$TO/$path cannot be made; is something there by now?" >&2
        exit 255
      done' sh
  else
    if [ -d "$stage" ]; then
      if [ -e "$name" ] && [ -n "$(ls -A -- "$name")" ]; then fail "$to is not empty by now; nothing was written to it"; fi
      # A rename replaces an empty directory and refuses anything else.
      mv -T -- "$stage" "$name"
    fi
    [ -d "$name" ] || fail "what was copied is gone: it is neither in staging nor at $to"
  fi
  sync -f .
  : > "$keep/placed"
  sync -- "$keep"
fi
rm -rf -- "$stage"
close_private
