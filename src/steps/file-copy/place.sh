# shellcheck shell=sh
# Puts staging in place: by one rename where the target is fresh, else by links, none of which can replace anything.
. ./trees.sh
set -eu
umask 077
no_symlink_in "$to"
[ -e "$keep/copied" ] || fail "nothing was copied yet"
if [ ! -e "$keep/placed" ]; then
  if [ "$into" = existing ]; then
    cd -- "$stage"
    xargs -0 -r sh -c 'for path; do if [ -d "$path" ] && [ ! -L "$path" ]; then printf "%s\0" "$path"; fi; done' sh < "$keep/added" > "$work/directories"
    sort -z "$work/directories" | comm -z -13 - "$keep/added" > "$work/files"
    directories() { rsync -aAX --numeric-ids --no-recursive --dirs --no-implied-dirs --from0 --files-from="$work/directories" -- "$stage/" "$to/"; }
    directories
    TO=$to xargs -0 -r sh -c '
      for path; do
        ln -P -- "$path" "$TO/$path" 2> /dev/null || [ "$(stat -c %d.%i -- "$path")" = "$(stat -c %d.%i -- "$TO/$path" 2> /dev/null)" ] ||
          { printf "%s\n" "$TO/$path cannot be made; is something there by now?" >&2; exit 255; }
      done' sh < "$work/files"
    # What was put into them changed their times.
    directories
    cd /
  else
    if [ -d "$stage" ]; then
      if [ -e "$to" ] && [ -n "$(ls -A -- "$to")" ]; then fail "$to is not empty by now; nothing was written to it"; fi
      # A rename replaces an empty directory and refuses any other.
      mv -T -- "$stage" "$to"
    fi
    [ -d "$to" ] || fail "what was copied is gone; it is neither at $stage nor at $to"
  fi
  sync -f -- "$to"
  : > "$keep/placed"
  sync -- "$keep"
fi
rm -rf -- "$stage"
