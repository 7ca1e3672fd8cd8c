# shellcheck shell=sh
# shellcheck disable=SC2154
# `manifest TREE NAME` writes $work/NAME: a record per path of a tree, ended by NUL, so that any name is safe. It holds type,
# mode, owner, size, link target, device number, hard-link group and the sha256 of every file, sorted. Reads each file once;
# $jobs processes compute the sums, each into its own file: a few large files per process, or many small ones. Call it in a
# separate shell: it counts the bytes which that shell reads from disks, in $work/NAME.d/read.
# `forget TREE` drops the pages of a tree's files from memory, so that the next read comes from the disk. The kernel keeps
# pages that are not on the disk yet or mapped by a program.
export LC_ALL=C
new_line='
'
# openssl is faster where the processor has SHA instructions and sha256sum is not built on its library.
by_openssl() {
  grep -qw -e sha_ni -e sha2 /proc/cpuinfo && ! grep -q libcrypto "$(command -v sha256sum)" &&
    case $(printf '' | openssl dgst -sha256 -r 2>/dev/null) in e3b0c44298fc1c149afbf4c8996fb924*) ;; *) return 1 ;; esac
} 2>/dev/null
sum_by=sha256sum
! by_openssl || sum_by=openssl
sums() {
  sums=$1 each=$2
  shift 2
  # openssl ends its lines by a line feed: sha256sum takes the names that hold one.
  if [ "$sum_by" = openssl ]; then
    find . -type f "$@" ! -path "*$new_line*" -print0 |
      xargs -0 -r -n "$each" -P "$jobs" sh -c 'exec openssl dgst -sha256 -r "$@" >> "$0.o$$"' "$sums" || return 1
    find . -type f "$@" -path "*$new_line*" -print0
  else
    find . -type f "$@" -print0
  fi | xargs -0 -r -n "$each" -P "$jobs" sh -c 'exec sha256sum -z -- "$@" >> "$0.c$$"' "$sums"
}
# Sets disk to the bytes that this shell and its finished children have read from disks.
count_disk() { disk=0; while read -r name value; do [ "$name" != read_bytes: ] || disk=$value; done < /proc/self/io; } 2>/dev/null
forget() { find "$1" -type f -print0 | xargs -0 -r -n 64 -P "$jobs" sh -c 'for file; do dd if="$file" iflag=nocache count=0 status=none || exit 255; done' sh; }
# Of a sparse file only its blocks can be read from the disk.
print_read() {
  printf 'readBytes=%s\n' "$(cat "$work/target.d/read")"
  find "$1" -type f -printf '%D:%i %s %b\n' | sort -u | awk '{ disk = $3 * 512; sum += disk < $2 ? disk : $2 } END { printf "storedBytes=%.0f\n", sum }'
}
manifest() {
  mkdir -- "$work/$2.d"
  cd -- "$1" || return 1
  find . \( -type d -printf '%p\001%y %m %U %G\0' \) -o \( -type f -printf '%p\001%y %m %U %G %s\0' \) \
    -o -printf '%p\001%y %m %U %G %l\0' > "$work/$2.d/a" || return 1
  # The first name names a group of hard links; names outside the tree make no group. A line feed in a name would end awk's
  # record: it is written as \002.
  find . -type f -links +1 -printf '%D:%i %p\0' | tr '\n\0' '\002\n' | sort | awk '
    { group = $1; sub(/^[^ ]* /, "") }
    group != last { first = $0; last = group; printed = 0; next }
    !printed { printed = 1; printf "%s\001linked to %s%c", first, first, 0 }
    { printf "%s\001linked to %s%c", $0, first, 0 }
  ' > "$work/$2.d/links" || return 1
  find . \( -type b -o -type c \) -print0 | xargs -0 -r stat --printf '%n\001device %t:%T\0' > "$work/$2.d/devices" || return 1
  count_disk
  before=$disk
  sums "$work/$2.d/sum" 4 -size +1023k || return 1
  sums "$work/$2.d/sum" 256 ! -size +1023k || return 1
  count_disk
  echo $((disk - before)) > "$work/$2.d/read"
  { cat "$work/$2.d"/sum.c* || :; cat "$work/$2.d"/sum.o* | tr '\n' '\0'; } 2>/dev/null |
    sed -z 's/^\([0-9a-f]*\) [ *]\(.*\)$/\2\x01sha256 \1/' > "$work/$2.d/sums" || return 1
  sort -z "$work/$2.d/a" "$work/$2.d/links" "$work/$2.d/devices" "$work/$2.d/sums" > "$work/$2"
}
