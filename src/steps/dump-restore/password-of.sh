# shellcheck shell=sh
# The body of a function in a subshell, because its variables have the names of other variables of the step. Prints the
# passwords that Compose gives a service now, of the account and of root, each on a line, and empty where none is named; or why
# there is none, and fails.
: "${root_variable?}"
. ../shared/compose-variable.sh
print_password() {
  # shellcheck disable=SC2154
  if [ -n "$variable" ]; then read_variable || { printf %s "$problem"; exit 1; }; printf %s "$value"; fi
  echo
}
print_password
variable=$root_variable
print_password
