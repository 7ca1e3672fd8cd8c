# shellcheck shell=sh
# Removes what was placed and is still as it was copied. The rest stays and is named: `changed=` what others wrote to,
# `held=` directories with things of others in them. `was` is the target before: `absent`, or its mode and owner.
: "${was?}"
. ./trees.sh
set -eu
done_with() { rm -f -- "$keep/copied" "$keep/copied.part" "$keep/added" "$keep/added.part" "$keep/placed"; exit 0; }
# Staging is renamed as a whole: while it is there, nothing at a fresh target is ours.
[ "$into" = existing ] || [ ! -d "$stage" ] || rm -f -- "$keep/copied"
rm -rf -- "$stage"
[ -e "$keep/copied" ] && [ -d "$to" ] || done_with
link=$(symlink_in "$to")
if [ -n "$link" ]; then printf 'held=%s\n' "$to, which is reached by the symbolic link $link"; exit 0; fi
(manifest "$to" target)
# Links are left out: of a pair, one may be removed already.
for tree in "$keep/copied" "$work/target"; do sed -z '/\x01linked to /d' -- "$tree" | sort -z > "$work/${tree##*/}.r"; done
comm -z -23 "$work/copied.r" "$work/target.r" | paths > "$work/not-as-copied"
sort -z "$keep/added" | comm -z -23 - "$work/not-as-copied" > "$work/ours"
sort -z "$keep/added" | comm -z -12 - "$work/not-as-copied" | comm -z -12 - "$(paths "$work/target" > "$work/there"; echo "$work/there")" > "$work/changed"
cd -- "$to"
sort -zr "$work/ours" | xargs -0 -r sh -c 'for path; do
  [ "$path" != . ] || continue
  if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path" 2> /dev/null || :; else rm -f -- "$path"; fi
done' sh
cd /
named changed
# Of directories in each other the deepest says why.
sort -z "$work/ours" | TO=$to xargs -0 -r sh -c 'for path; do if [ "$path" != . ] && [ -d "$TO/$path" ] && [ ! -L "$TO/$path" ]; then printf "%s\0" "$path"; fi; done' sh > "$work/held"
named held
if [ "$into" = fresh ]; then
  if [ -n "$(ls -A -- "$to")" ]; then
    [ -s "$work/changed" ] || [ -s "$work/held" ] || echo held=.
  elif [ "$was" = absent ]; then
    rmdir -- "$to"
  else
    chown -- "${was#* }" "$to"
    chmod -- "${was%% *}" "$to"
  fi
fi
done_with
