# shellcheck shell=sh
# Removes what was placed and is still as it was copied. The rest stays and is named: `changed=` files that others wrote
# to, `held=` directories that hold something of others. A file is moved away before it is compared, so that what is
# written until then is not lost: `aside=`. `was` is the target before: `absent`, or its mode and owner.
: "${was?}"
. ./trees.sh
set -eu
umask 077
done_with() {
  if [ -n "${private_path-}" ]; then
    rm -rf -- "$stage"
    if [ -d "$private/undone" ]; then
      (cd -P -- "$private/undone" && find . -depth -type d -empty -delete && find . ! -type d -printf '%P\n' > "$work/aside")
      head -n 10 "$work/aside" | while IFS= read -r path; do printf 'aside=%s\n' "$private_path/undone/$path"; done
      rmdir -- "$private/undone" 2> /dev/null || :
    fi
    close_private
  fi
  rm -f -- "$keep/copied" "$keep/copied.part" "$keep/added" "$keep/added.part" "$keep/placed" "$keep/inodes"
  exit 0
}
[ -d "$keep" ] || exit 0
link=$(symlink_in "$to")
if [ -z "$link" ] && enter_parent; then
  # Staging is renamed as a whole: while it is there, nothing at a fresh target is ours.
  [ "$into" = existing ] || [ ! -d "$stage" ] || rm -f -- "$keep/copied"
fi
[ -e "$keep/copied" ] && [ -d "$to" ] || done_with
if [ -z "${private_path-}" ]; then printf 'held=%s\n' "$to, which is reached by the symbolic link ${link:-$to}"; exit 0; fi
(manifest "$to" target)
# Without link groups: one file of a group may be removed already.
records() { sed -z '/\x01linked to /d' -- "$1" | sort -z; }
records "$keep/copied" > "$work/copied"
records "$work/target" | comm -z -23 "$work/copied" - | paths > "$work/not-as-copied"
paths "$work/target" > "$work/there"
sort -z "$keep/added" | comm -z -23 - "$work/not-as-copied" > "$work/ours"
# An older version recorded no inodes.
if [ -e "$keep/inodes" ]; then
  inodes "$to" | comm -z -12 - "$keep/inodes" | sed -z 's/^[0-9]* //' | sort -z > "$work/made"
  comm -z -12 "$work/ours" "$work/made" > "$work/of-both"
  mv -- "$work/of-both" "$work/ours"
fi
sort -z "$keep/added" | comm -z -12 - "$work/not-as-copied" | comm -z -12 - "$work/there" > "$work/changed"
mkdir -p -- "$private/undone"
sort -zr "$work/ours" | TO=$to UNDONE=$private/undone xargs -0 -r sh -c '
  entered=
  for path; do
    [ "$path" != . ] || continue
    case $path in */*) above=/${path%/*} ;; *) above= ;; esac
    if [ "$TO$above" != "$entered" ]; then
      entered=
      cd -P -- "$TO$above" 2> /dev/null && [ "$(readlink /proc/self/cwd)" = "$TO$above" ] || continue
      entered=$TO$above
      mkdir -p -- "$UNDONE$above"
    fi
    name=./${path##*/}
    if [ -d "$name" ] && [ ! -L "$name" ]; then
      rmdir -- "$name" 2> /dev/null || :
    elif [ -e "$name" ] || [ -L "$name" ]; then
      mv -nT -- "$name" "$UNDONE/$path"
    fi
  done' sh
(manifest "$private/undone" undone)
sed -z '/\x01d /d; /\x01linked to /d' -- "$work/undone" | comm -z -23 - "$work/copied" | paths > "$work/late"
(cd -P -- "$private/undone" && find . ! -type d -printf '%P\0' | sort -z | comm -z -23 - "$work/late" | xargs -0 -r rm -f --)
named changed
# Directories that could not be removed.
sort -z "$work/ours" | TO=$to xargs -0 -r sh -c 'for path; do if [ "$path" != . ] && [ -d "$TO/$path" ] && [ ! -L "$TO/$path" ]; then printf "%s\0" "$path"; fi; done' sh > "$work/held"
named held
if [ "$into" = fresh ]; then
  if [ "$was" = absent ]; then
    rmdir -- "$name" 2> /dev/null || emptied=no
  else
    # An empty directory replaces an empty one only: nothing is changed by its path.
    new_directory "${was#* }" "${was%% *}"
    mv -T -- "$private/directory" "$name" 2> /dev/null || { emptied=no; rmdir -- "$private/directory"; }
  fi
  [ -z "${emptied-}" ] || [ -s "$work/changed" ] || [ -s "$work/held" ] || echo held=.
fi
done_with
