# shellcheck shell=sh
# In base64, which keeps every byte of a value.
. ./sources.sh
engine
gather | base64 | tr -d '\n'
