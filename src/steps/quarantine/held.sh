# shellcheck shell=sh
# `held_by PATH` prints how many entries a path has, itself included, and how many bytes its files.
held_by() { find "$1" -xdev -printf '%y %s\n' | awk '{ entries++ } $1 == "f" { bytes += $2 } END { printf "%.0f %.0f", entries, bytes }'; }
