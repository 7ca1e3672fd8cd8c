# shellcheck shell=sh
# shellcheck disable=SC2154
# The archive: one file, or the parts that it was split into. `parts` prints their names: of a name that ends in .aa, .000 or
# .001, the names that follow. `hold_archive` opens each once, and everything is read from what was opened, whatever the names
# lead to by then; `let_archive_go` ends that. `identity` prints what changes with every write to a part, and differs for any
# other file. `plain_archive` prints the archive unpacked, by the programs of the host; `unpacker` names the program, or is
# empty.
: "${archive?}"
. ../shared/held-file.sh
export LC_ALL=C TZ=UTC
next_part() {
  printf '%s\n' "$1" | awk '{
    digits = /^[0-9]+$/ ? "0123456789" : "abcdefghijklmnopqrstuvwxyz"; zero = substr(digits, 1, 1)
    for (i = length($0); i > 0; i--) {
      at = index(digits, substr($0, i, 1))
      $0 = substr($0, 1, i - 1) (at < length(digits) ? substr(digits, at + 1, 1) : zero) substr($0, i + 1)
      if (at < length(digits)) { print; exit }
    }
    exit 1
  }'
}
is_first_part() { case ${archive##*.} in aa | aaa | 00 | 01 | 000 | 001) ;; *) false ;; esac; }
parts() {
  printf '%s\n' "$archive"
  is_first_part || return 0
  stem=${archive%.*} end=${archive##*.}
  while end=$(next_part "$end") && [ -e "$stem.$end" ]; do printf '%s\n' "$stem.$end"; done
}
# Prints the first part that is missing between others.
missing_part() {
  is_first_part || return 0
  stem=${archive%.*}
  last=$(parts | tail -n 1)
  case ${archive##*.} in *[0-9]*) like=$(printf %s "${archive##*.}" | sed 's/./[0-9]/g') ;; *) like=$(printf %s "${archive##*.}" | sed 's/./[a-z]/g') ;; esac
  greatest=$(find "${archive%/*}/" -maxdepth 1 -name "$(printf %s "${stem##*/}" | sed 's/[][*?\\]/\\&/g').$like" | sort | tail -n 1)
  [ "$greatest" = "$last" ] || printf '%s.%s\n' "$stem" "$(next_part "${last##*.}")"
}
hold_archive() {
  held='' holders=''
  while IFS= read -r part; do
    hold "$part"
    [ -f "$opened" ] || fail "$part is not a file"
    held="$held $opened" holders="$holders $holder"
  done << END
$(parts)
END
  first_held=${held# }
  first_held=${first_held%% *}
  unpacker=$(packing_of "$first_held")
}
let_archive_go() {
  for held_by in ${holders:-}; do kill -KILL "$held_by" 2> /dev/null || :; wait "$held_by" 2> /dev/null || :; done
}
# shellcheck disable=SC2086
identity() { stat -L -c '%d:%i:%s:%.9Y:%.9Z' -- $held | sha256sum | cut -c 1-64; }
# shellcheck disable=SC2086
plain_archive() { cat -- $held | ${unpacker:-cat} ${unpacker:+-dc}; }
unpacked() { plain_archive 2> "$work/unpack-error" || echo $? > "$work/unpack-failed"; }
