# shellcheck shell=sh
# shellcheck disable=SC2154
# Prints the wanted bytes: with others=keep the lines of the old file without assignments to the names, then the content.
# `old_file` is the old file: while it is replaced, the saved one.
: "${others?}" "${names?}" "${drop_lines?}"
# Removed from the environment of the processes that the script starts.
wanted=$CONTENT
unset CONTENT
make_file() {
  if [ "$others" = keep ] && [ -f "$old_file" ]; then
    gone=$(LC_ALL=C names=$names awk "$drop_lines" < "$old_file") || return
    sed -e "$gone" < "$old_file" | LC_ALL=C awk 1 || return
  fi
  printf %s "$wanted"
}
