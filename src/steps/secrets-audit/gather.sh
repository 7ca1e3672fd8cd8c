# shellcheck shell=sh
# In base64: it goes on as it is, whatever bytes a value has.
. ./sources.sh
engine
gather | base64 | tr -d '\n'
