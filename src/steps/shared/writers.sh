# shellcheck shell=sh
# `writer_in DIRECTORY` prints the name and the PID of a process of the host that can write to a file below it, by an open file
# or by a shared mapping, which outlives the closed file; nothing if there is none. A container's files have other paths.
writer_in() {
  {
    find /proc/[0-9]*/fd -maxdepth 1 -lname "$1/*" -printf '%p\n' 2> /dev/null | while IFS= read -r open; do
      process=${open#/proc/} process=${process%%/*}
      while read -r name value; do
        case $name$value in flags:*[12]) printf '%s\n' "$process"; exit ;; esac
      done < "/proc/$process/fdinfo/${open##*/}"
    done
    # The first / of a line begins the path.
    grep -sE '^[^ ]+ .w.s [^/]*/' /proc/[0-9]*/maps | below=$1/ awk '{
      split($0, part, "/")
      line = substr($0, index($0, ":") + 1)
      if (substr(line, index(line, "/"), length(ENVIRON["below"])) == ENVIRON["below"]) { print part[3]; exit }
    }'
  } 2> /dev/null | while read -r process; do
    printf '%s (%s)\n' "$(cat "/proc/$process/comm")" "$process"
    break
  done
}
