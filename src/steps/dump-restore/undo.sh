# shellcheck shell=sh
# Ends a load that goes on, then removes the volume as every fresh target is removed.
: "${scratch_containers?}"
. ../shared/scratch-forget.sh
scratch_forget "label=$scratch_containers"
. ../shared/fresh-undo.sh
