# shellcheck shell=sh
: "${owner?}" "${mode?}"
. ../shared/private-directory.sh
. ../shared/rename.sh
set -eu
umask 077
mkdir -p -- "$keep"
# Written first: without it, an undo removes nothing.
: >> "$keep/made"
: > "$keep/begun"
for path; do
  no_symlink_in "$path"
  at='' rest=${path#/}/
  while [ -n "$rest" ]; do
    name=${rest%%/*} rest=${rest#*/}
    enter "$at" || fail "${at:-/} is not a directory, or is reached by a symbolic link by now; $path was not made"
    if [ ! -d "./$name" ]; then
      open_private
      if [ -n "$rest" ]; then new_directory '' 755; else new_directory "$owner" "$mode"; fi
      # Recorded before it gets its name: an undo removes no directory that others made.
      identity_of "$private/directory" >> "$keep/made"
      echo >> "$keep/made"
      place directory "$name" || fail "something else is at $at/$name by now; $path was not made"
      close_private
    fi
    at=$at/$name
  done
  enter "$path" || fail "$path is not a directory, or is reached by a symbolic link by now"
done
