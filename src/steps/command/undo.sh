# shellcheck shell=sh
# Prints `reinstateOther=sort name` for what the plan says the script creates and others have made. Then the undo script, which
# may remove it, is not run, and `reinstateMade=sort name` is what the script did make.
: "${reinstate_originals?}" "${reinstate_script?}"
. ./creates.sh
set -eu
[ -e "$reinstate_originals/begun" ] || exit 0
reinstate_left=$(
  umask 077
  keep=$reinstate_originals
  end_making
  knows_made || exit 0
  now=$(things)
  # By name: what the script made may have been replaced since.
  printf '%s\n' "$now" | awk '
    { sub(/ [^ ]*$/, "") }
    FILENAME == ARGV[1] { made[$0] = 1; next }
    $0 != "" && !($0 in made) && !met[$0]++ { print "reinstateOther=" $0; others = 1 }
    END { if (others) for (name in made) print "reinstateMade=" name }' "$keep/made" -
)
if [ -n "$reinstate_left" ]; then printf '%s\n' "$reinstate_left"; else sh -eu -c "$reinstate_script"; fi
rm -f -- "$reinstate_originals/begun"
