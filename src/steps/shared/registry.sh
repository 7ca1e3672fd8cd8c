# shellcheck shell=sh
# Asks a registry with the login in REGISTRY_USER and REGISTRY_PASSWORD, or else with that of the user on the host.
# `open_registry` makes $work, in memory and for this user only, with a configuration for the Docker client; it is removed at
# the exit. The password is in no argument: printf is part of the shell.
# `served NAME` prints the manifest that the registry serves, as `manifest=` in base64, or `absent=yes`, or `denied=` or `away=`
# and why. The bytes stay in $work/manifest.
: "${registry?}"
open_registry() {
  umask 077
  work=$(mktemp -d /run/reinstate-registry.XXXXXXXX) || exit 3
  trap 'rm -rf -- "$work"' EXIT
  trap 'exit 143' HUP INT TERM
  export BUILDX_CONFIG="$work/buildx" BUILDX_BUILDER=default
  [ -n "${REGISTRY_USER-}" ] || return 0
  key=$registry
  [ "$key" != docker.io ] || key=https://index.docker.io/v1/
  printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$key" "$(printf '%s:%s' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | base64 -w 0)" > "$work/config.json"
  # Programs that the user has added to the client.
  [ ! -d "${DOCKER_CONFIG:-${HOME-}/.docker}/cli-plugins" ] || ln -s "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" "$work/cli-plugins"
  unset REGISTRY_USER REGISTRY_PASSWORD
  export DOCKER_CONFIG="$work"
}
served() {
  code=0
  timeout 60 docker buildx imagetools inspect --raw "$1" > "$work/manifest" 2> "$work/said" || code=$?
  if [ "$code" = 0 ]; then
    printf 'manifest=%s\n' "$(base64 -w 0 < "$work/manifest")"
    return
  fi
  why=$(grep . "$work/said" | tail -n 1 | cut -c 1-300)
  [ "$code" != 124 ] || why='no answer in 60 s'
  case $why in
  *': not found') echo absent=yes ;;
  *' 401 '* | *' 403 '* | *nauthorized* | *denied* | *uthoriz*) printf 'denied=%s\n' "$why" ;;
  *) printf 'away=%s\n' "$why" ;;
  esac
}
