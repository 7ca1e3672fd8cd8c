# shellcheck shell=sh
# `gone ID` succeeds where a container does not exist any more. Fails the script where the engine does not answer.
set -eu
fail() { printf '%s\n' "$*" >&2; exit 1; }
gone() {
  error=$(docker inspect --type container --format x "$1" 2>&1) && return 1
  case $error in *[Nn]"o such container"*) return 0 ;; *) fail "$error" ;; esac
}
