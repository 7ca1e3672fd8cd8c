# shellcheck shell=sh
# Removes the volume as every fresh target is removed.
. ./end-load.sh
. ../shared/fresh-undo.sh
