# shellcheck shell=sh
# Makes the volume as every fresh target is made.
. ./end-load.sh
. ../shared/fresh-make.sh
