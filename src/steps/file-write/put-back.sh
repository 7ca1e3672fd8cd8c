# shellcheck shell=sh
# Puts the old file back, and first notes that the service may have read the one that is replaced.
. ../shared/written-file-originals.sh
if [ -s "$keep/wrote" ]; then : > "$keep/reload"; sync -- "$keep"; fi
. ../shared/written-file-undo.sh
