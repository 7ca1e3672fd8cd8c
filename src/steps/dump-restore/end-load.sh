# shellcheck shell=sh
# Ends a load of an earlier attempt that goes on in its scratch containers: they use the volume.
: "${scratch_containers?}"
. ../shared/scratch-forget.sh
scratch_forget "label=$scratch_containers"
