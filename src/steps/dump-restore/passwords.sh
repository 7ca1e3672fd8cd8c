# shellcheck shell=sh
# shellcheck disable=SC2034
# Sets PASSWORD and ROOT_PASSWORD: the step's own, or those of a service, which `passwords_of` prints; it comes before this
# script. Empty where there is none. Not in the environment, where Compose files read variables.
: "${is_of_service?}"
PASSWORD=${REINSTATE_PASSWORD:-} ROOT_PASSWORD=${REINSTATE_ROOT_PASSWORD:-}
if [ "$is_of_service" = yes ]; then
  given=$(passwords_of) || { printf 'the passwords cannot be read: %s\n' "$given" >&2; exit 3; }
  [ -n "$PASSWORD" ] || PASSWORD=$(printf '%s\n' "$given" | sed -n 1p)
  [ -n "$ROOT_PASSWORD" ] || ROOT_PASSWORD=$(printf '%s\n' "$given" | sed -n 2p)
  given=
fi
