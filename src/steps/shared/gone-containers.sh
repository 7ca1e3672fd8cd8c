# shellcheck shell=sh
# `gone ID` says whether a container is not there any more. An engine that does not answer is no yes.
set -eu
fail() { printf '%s\n' "$*" >&2; exit 1; }
gone() {
  said=$(docker inspect --type container --format x "$1" 2>&1) && return 1
  case $said in *[Nn]"o such container"*) return 0 ;; *) fail "$said" ;; esac
}
