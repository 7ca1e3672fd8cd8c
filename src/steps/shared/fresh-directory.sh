# shellcheck shell=sh
# shellcheck disable=SC2034
# A directory that the step makes. Its inode and time of birth, which a rename keeps, are saved before it gets its name:
# so it is always known whose it is.
: "${path?}"
. ./private-directory.sh
parent=${path%/*} name=./${path##*/} called="directory $path"
number() { stat -c '%i %w' -- "$1"; }
has_our_number() { [ -d "$1" ] && [ ! -L "$1" ] && [ -e "$keep/number" ] && [ "$(number "$1")" = "$(cat "$keep/number")" ]; }
is_there() {
  at=$name
  enter "$parent" || return 1
  if find_private && has_our_number "$private/tree"; then at=$private/tree; return 0; fi
  [ -e "$name" ] || [ -L "$name" ]
}
is_published() { [ "$at" = "$name" ]; }
is_ours() { has_our_number "$at"; }
# Containers, running or not, that mount it or a part of it.
users() {
  docker ps -aq | xargs -r docker inspect --type container --format '{{$name := .Name}}{{range .Mounts}}{{$name}}|{{.Source}}
{{end}}' | while IFS='|' read -r user mounted; do
    case $mounted/ in "$path"/*) printf '%s\n' "${user#/}" ;; esac
  done | sort -u
}
make() {
  no_symlink_in "$path"
  enter "$parent" || fail "the directory of $path is not there any more"
  open_private
  # One whose number was not saved yet is empty.
  [ ! -d "$private/tree" ] || rmdir -- "$private/tree"
  mkdir -- "$private/tree"
  number "$private/tree" > "$keep/number.part"
  sync -- "$keep/number.part"
  mv -f -- "$keep/number.part" "$keep/number"
  sync -- "$keep"
}
target() {
  no_symlink_in "$path"
  is_there || fail "$called is not there"
  is_ours || fail "$called was not made by this step; nothing in it was touched"
  [ "$(stat -c %m -- "$at")" != "$path" ] || fail "$called has become a mount point"
}
publish() {
  is_published || place tree "${path##*/}" || fail "$called was not put in its place: something else is there by now"
  at=$name
  sync -- .
  close_private
}
take_back() {
  is_published || return 0
  open_private
  mv -nT -- "$name" "$private/tree"
  at=$private/tree
  is_ours || fail "$called was replaced while it was taken back; what is there now is $private_path/tree"
}
remove() { take_back && forget; }
forget() {
  if enter "$parent" && find_private; then
    if has_our_number "$private/tree"; then rm -rf --one-file-system -- "$private/tree"; fi
    [ ! -d "$private/tree" ] || rmdir -- "$private/tree"
    close_private
  fi
  rm -f -- "$keep/number"
}
