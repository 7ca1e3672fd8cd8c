# shellcheck shell=sh
# `image_id NAME` prints the id, or nothing where there is no such image. Fails the script where the engine does not answer.
# `label_of ID` prints the label by which a build is recognized.
image_id() {
  shown=$(docker image inspect --format '{{.Id}}' "$1" 2>&1) && { printf '%s\n' "$shown"; return; }
  case $shown in *[Nn]"o such image"*) ;; *) printf '%s\n' "$shown" >&2; exit 3 ;; esac
}
label_of() { docker image inspect --format '{{index .Config.Labels "reinstate.context"}}' "$1"; }
