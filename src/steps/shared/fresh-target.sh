# shellcheck shell=sh
# What is restored into: a volume, or a directory if `volume` is empty. Both files define:
# - `is_there`: whether it exists; sets at, where its files are. `is_ours`: whether this step made it.
# - `target`: fails unless this step made it, and unless `at` is a place that only this step can have made: never empty,
#   never a system directory.
# - `users`: prints the containers that mount it. `unused`: fails if there are any.
# - `make`, `remove`; `forget` removes what an interrupted one of them left. `called`: its name for people.
# - `publish` and `take_back`: a directory is filled where only this user can enter, and then renamed to its path; for
#   another copy, or to be removed, it is taken back. `is_published`: whether it is at its path.
. ./symlink-guard.sh
if [ -n "$volume" ]; then
. ./fresh-volume.sh
else
. ./fresh-directory.sh
fi
unused() {
  using=$(users)
  # shellcheck disable=SC2086
  [ -z "$using" ] || fail "$called is used by container" $using "- nothing was written"
}
