# shellcheck shell=sh
# Removes what the run keeps; of the volumes, only those that are named, which a person has seen. A later call continues
# where an earlier one ended. Prints `left=` for what could not be removed. `by` is who cleans: this script stays as the
# record.
: "${volumes?}" "${by?}"
. ./kept-things.sh
set -u
: "$by"
leave() { printf 'left=%s: %s\n' "$1" "$2"; }
images=$(kept_images) || exit
for image in $images; do error=$(docker image rm "$image" 2>&1) || leave "image $image" "$error"; done
unused=$(left_volumes) || exit
for volume in $unused; do
  case "
$volumes
" in *"
$volume
"*) error=$(docker volume rm "$volume" 2>&1) || leave "volume $volume" "$error" ;; esac
done
paths=$(aside)
while read -r identity path; do
  enter_aside "$identity" "$path" || continue
  error=$(rm -rf --one-file-system -- "$entry" 2>&1) || leave "$path" "$error"
  quarantine=${path%/*}
  if [ "${quarantine##*/}" = .reinstate-quarantine ] && enter "${quarantine%/*}"; then
    rmdir ./.reinstate-quarantine 2> /dev/null || :
  fi
done << END
$paths
END
rm -rf --one-file-system -- "$originals" || exit
cd "$root/runs" || exit
# The note stays: as long as it is there, the run is listed, and an interrupted clean can be continued.
for receipt in "$run"_*; do
  case $receipt in "${run}_run."*) ;; *) rm -rf -- "./$receipt" || exit ;; esac
done
sync -f .
