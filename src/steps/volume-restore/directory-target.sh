# shellcheck shell=sh
# shellcheck disable=SC2034,SC2086
# A directory that the step makes. It is made beside, with the owner label in its name, its number and birth are written
# down, and only then it gets its name: so it is always known whose it is. `is_there` says whether it is, and sets at, where its files are; `is_ours` whether this step made it. `target` fails unless
# it did, and unless `at` is a place that only this step can have made: never empty, never a system directory. `users` names
# containers, `make` and `remove` do so, `forget` takes away what a half of either left. `called` is it in words.
: "${path?}" "${own_name?}" "${keep?}"
. ../shared/symlink-guard.sh
parent=${path%/*} called="directory $path"
beside=$parent/.$own_name
number() { stat -c '%i %w' -- "$1"; }
has_our_number() { [ -d "$1" ] && [ ! -L "$1" ] && [ -e "$keep/number" ] && [ "$(number "$1")" = "$(cat "$keep/number")" ]; }
is_there() { at=$path; [ -e "$path" ] || [ -L "$path" ]; }
is_ours() { has_our_number "$path"; }
# Containers, running or not, that mount it or a part of it.
users() {
  docker ps -aq | xargs -r docker inspect --type container --format '{{$name := .Name}}{{range .Mounts}}{{$name}}|{{.Source}}
{{end}}' | while IFS='|' read -r name mounted; do
    case $mounted/ in "$path"/*) printf '%s\n' "${name#/}" ;; esac
  done | sort -u
}
make() {
  no_symlink_in "$path"
  [ -d "$parent" ] || fail "the directory of $path is not there any more"
  [ ! -d "$beside" ] || rmdir -- "$beside"
  mkdir -- "$beside"
  number "$beside" > "$keep/number.part"
  sync -- "$keep/number.part"
  mv -f -- "$keep/number.part" "$keep/number"
  sync -- "$keep"
  mv -nT -- "$beside" "$path"
  if [ -d "$beside" ]; then rmdir -- "$beside"; fi
  sync -- "$parent"
}
target() {
  no_symlink_in "$path"
  is_there || fail "$called is not there"
  is_ours || fail "$called was not made by this step; nothing in it was touched"
  [ "$(stat -c %m -- "$path")" != "$path" ] || fail "$called has become a mount point"
}
# Out of the way by one rename, so that a half of it is never met under its name.
remove() { mv -nT -- "$path" "$beside" && forget; }
forget() {
  if has_our_number "$beside"; then rm -rf --one-file-system -- "$beside"; fi
  # One whose number was not written down yet is empty.
  [ ! -d "$beside" ] || rmdir -- "$beside"
  rm -f -- "$keep/number"
}
unused() {
  using=$(users)
  [ -z "$using" ] || fail "$called is used by container" $using "- nothing was written"
}
