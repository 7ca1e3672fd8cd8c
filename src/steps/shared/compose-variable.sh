# shellcheck shell=sh
# shellcheck disable=SC2034
# `read_variable` sets `value` to what Compose gives the variable `variable` of the service `of_service`, or `problem` to why
# there is none, and fails. It reads the files as they are on the host now. The value is in no argument and no output.
: "${of_service?}" "${variable?}" "${json_string?}"
. ./compose.sh
read_variable() {
  config=$(compose config --format json 2> /dev/null) || { problem="Compose cannot read $files"; return 1; }
  value=$(printf '%s\n' "$config" | SERVICE=$of_service VARIABLE=$variable awk "$json_string")
  config=
  [ -n "$value" ] || { problem="service $of_service has no variable $variable"; return 1; }
}
