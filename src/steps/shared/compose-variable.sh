# shellcheck shell=sh
# shellcheck disable=SC2034
# `read_variable` sets `value` to what Compose gives the variable `variable` of the service `of_service`, or `problem` to why
# there is none, and fails. It reads the files as they are on the host now. The value is in no argument and no output. Of a
# variable that ends with _FILE, the value is the content of the file that it names.
: "${of_service?}" "${variable?}" "${json_string?}"
. ./compose.sh
read_variable() {
  config=$(compose config --format json 2> /dev/null) || { problem="Compose cannot read $files"; return 1; }
  value=$(printf '%s\n' "$config" | SERVICE=$of_service VARIABLE=$variable awk "$json_string")
  [ -n "$value" ] || { problem="service $of_service has no variable $variable"; return 1; }
  case $variable in *_FILE) ;; *) config=; return 0 ;; esac
  file=$(printf '%s\n' "$config" | SERVICE=$of_service MOUNTED=$value awk "$json_string")
  config=
  [ -f "$file" ] || { problem="service $of_service reads $variable from $value, where no file of the host is mounted"; return 1; }
  value=$(head -c 65536 -- "$file")
  [ -n "$value" ] || { problem="$file, the $variable of service $of_service, is empty"; return 1; }
}
