# shellcheck shell=sh
# shellcheck disable=SC2154
# Reads the whole dump and asks the image what its server knows. Prints what mariadb-scan.awk prints, `imageVersion=` if the
# image has a server, `unknown=` for each character set, collation and engine that the server does not know, and `broken=` if
# the dump cannot be unpacked. The scratch container has no network, and sees nothing of the host.
: "${image?}" "${scratch?}" "${options?}" "${known?}" "${scan?}"
. ./dump.sh
. ../shared/scratch-forget.sh
set -u
export LC_ALL=C
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
scratch_forget "label=$scratch"
hold_dump
set -f
IFS='
'
# shellcheck disable=SC2046
set -- $(printf '%s\n' "$options" | sed -n 's/^[^=]*=/--&/p')
unset IFS
set +f
docker run --rm --pull never --network none --user 0 --label "$scratch" --entrypoint sh "$image" -c "$known" known "$@" > "$work/known" 2> "$work/err" ||
  fail "the scratch container of $image ended with $?: $(tail -n 1 "$work/err")"
sed -n 's/^version=/imageVersion=/p; /^lacks=/p' "$work/known"
changed_on_the_way "$held"
{ plain "$held" 2> "$work/err" || echo "broken=$(grep . "$work/err" | tail -n 1)" > "$work/broken"; } |
  awk -v database= "$scan" > "$work/found" || exit 3
[ ! -e "$work/broken" ] || cat "$work/broken"
cat "$work/found"
grep -E '^(charset|collation|engine)=' "$work/found" | sort -u | awk '
  NR == FNR { known[tolower($0)]; next } !(tolower($0) in known) { sub(/=/, " "); print "unknown=" $0 }' "$work/known" -
