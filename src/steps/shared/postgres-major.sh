# shellcheck shell=sh
# `major_of IMAGE` prints the major version of PostgreSQL in an image, or nothing if the image does not say; fails if there is
# no such image. Official images set PG_MAJOR; of others the path of the programs has the version.
major_of() {
  env=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$1" 2> /dev/null) || return
  printf '%s\n' "$env" | sed -n 's/^PG_MAJOR=//p; s#^PATH=.*/postgresql/\([0-9]*\)/bin.*#\1#p' | head -n 1
}
