# shellcheck shell=sh
# `held_by PATH` prints the number of entries of a path, itself included, and the bytes of its files.
held_by() { find "$1" -xdev -printf '%y %s\n' | awk '{ entries++ } $1 == "f" { bytes += $2 } END { printf "%.0f %.0f", entries, bytes }'; }
