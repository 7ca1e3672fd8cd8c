# shellcheck shell=sh
# Compares what was taken with the server's own sums, recovers it to a consistent state, stops it cleanly, and lists the sums of
# its files. A recovery that was interrupted leaves files that no longer equal those sums: the backup is taken again.
: "${image?}" "${scratch?}" "${inside?}"
. ../shared/scratch-forget.sh
. ./staged.sh
set -eu
umask 077
export LC_ALL=C
scratch_forget "label=$scratch"
if is_placed || [ -e "$keep/recovered" ]; then exit 0; fi
[ -e "$keep/taken" ] || fail "nothing was taken"
enter_parent
rm -f -- "$keep/taken"
sync -- "$keep"
work=$(mktemp -d)
trap 'rm -rf -- "$work"; scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
# --mount takes a line of CSV, and the engine a path, on which another user of the parent may lay a link: the container
# compares the directory that it was given before it writes.
source=$(printf %s "$private_path/stage" | sed 's/"/""/g')
docker run --pull never --network none --read-only --tmpfs /tmp --user "$(stat -c %u:%g -- "$stage")" --label "$scratch" \
  --mount "type=bind,\"source=$source\",target=/backup" -e LC_ALL=C -e "IDENTITY=$(stat -c %d:%i -- "$stage/")" --entrypoint sh "$image" -c "$inside"
cd -P -- "$stage"
rm -f -- backup_manifest backup_label.old tablespace_map.old MANIFEST.sha256
find . -type f -print0 | xargs -0 -r -n 64 -P "$((($(nproc) + 1) / 2))" sh -c 'exec sha256sum -- "$@" >> "$0.$$"' "$work/sums"
sort -k 2 -- "$work"/sums.* > MANIFEST.sha256
chown --reference=. -- MANIFEST.sha256
sync -f .
: > "$keep/recovered"
sync -- "$keep"
