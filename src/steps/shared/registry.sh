# shellcheck shell=sh
# Asks a registry with the login in REGISTRY_USER and REGISTRY_PASSWORD, or else with that of the user on the host.
# `open_registry` makes $work, in memory and for this user only, with a configuration for the Docker client; it is removed at
# the exit. The password is in no argument: printf is part of the shell.
# `served NAME` prints the manifest that the registry serves, `manifest=` in base64 and the `digest=` of its bytes, or
# `absent=yes`, or `denied=` or `away=` and why. The bytes stay in $work/manifest, the digest in $digest.
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
    digest=sha256:$(sha256sum < "$work/manifest" | cut -d ' ' -f 1)
    printf 'manifest=%s\ndigest=%s\n' "$(base64 -w 0 < "$work/manifest")" "$digest"
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
