# shellcheck shell=sh
# The things that the plan says the script creates: `sort name` per line in `reinstate_creates`. Of those that are there,
# `things` prints sort, name and identity. Call everything in a subshell: the plan's environment may have any variable name.
: "${reinstate_creates?}"
. ../shared/made-here.sh
things() { printf '%s\n' "$reinstate_creates" | while read -r what name; do things_of "$what" "$name" || exit; done; }
things_of() {
  case $1 in
  path)
    if [ -e "$2" ] || [ -L "$2" ]; then printf 'path %s %s\n' "$2" "$(stat -c %i.%.W -- "$2")"; fi
    return
    ;;
  network) list=$(docker network ls --no-trunc --format '{{.Name}} {{.ID}}') || return ;;
  container) list=$(docker ps -a --no-trunc --format '{{.Names}} {{.ID}}') || return ;;
  project) list=$(docker ps -a --no-trunc --format '{{.Label "com.docker.compose.project"}} {{.ID}}') || return ;;
  image) list=$(docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}') || return ;;
  # Its directory is made with it.
  volume) list=$(docker volume ls --format '{{.Name}} {{.Mountpoint}}' | while read -r volume at; do [ "$volume" != "$2" ] || echo "$2 $(stat -c %i.%.W -- "$at")"; done) || return ;;
  *) return 0 ;;
  esac
  printf '%s\n' "$list" | SORT=$1 NAME=$2 awk '$1 == ENVIRON["NAME"] { print ENVIRON["SORT"], $0 }'
}
