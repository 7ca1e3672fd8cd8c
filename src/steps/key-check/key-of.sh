# shellcheck shell=sh
# The body of a function in a subshell, because its variables have the names of other variables of the check. Prints the key that
# Compose gives a service now; or why there is none, and fails.
. ../shared/compose-variable.sh
# shellcheck disable=SC2154
read_variable || { printf %s "$problem"; exit 1; }
printf %s "$value"
