# shellcheck shell=sh
# Removes the note of a cleaned run: then the run is listed no more.
: "${keep?}"
originals=${keep%/*/*}
cd "${originals%/*/*}/runs" || exit
rm -rf -- "./${originals##*/}_run.noted_"* && sync -f .
