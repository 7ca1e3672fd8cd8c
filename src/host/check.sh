# shellcheck shell=sh disable=SC2046,SC2154
# Checks the requirements of every plan: one line per fact, `lacks WORD DETAIL` for each that is missing.
# DETAIL quotes the output of the host's own tools; check.ts adds what to do.

mebibytes=100
lacks() { printf 'lacks %s %s\n' "$1" "$(printf %s "$2" | tr '\n' ' ')"; }

[ "$(id -u)" = 0 ] || lacks root "$(id -un)"
for tool in setsid mv ln tail head wc stat cmp sync sleep mkdir rm cat df timeout base64 rsync; do
  command -v "$tool" >/dev/null || lacks tool "$tool"
done
[ -r /proc/self/stat ] && [ -r /proc/sys/kernel/random/boot_id ] || lacks proc /proc

trial=$root/check.$$
if (umask 077 && mkdir -p "$trial/from" "$root/runs") 2>/dev/null && : >"$trial/from/file"; then
  ln "$trial/from/file" "$trial/link" 2>/dev/null || lacks links "$root"
  mv -T "$trial/from" "$trial/to" 2>/dev/null || lacks rename "$root"
  case $(stat -f -c %T "$root") in tmpfs | ramfs) lacks disk "$root" ;; esac
  set -- $(df -Pk "$root" | tail -n 1)
  printf 'free %s\n' "$4"
  [ "$4" -ge $((mebibytes * 1024)) ] || lacks space "$(($4 / 1024)) MiB under $root"
else
  lacks write "$root"
fi
rm -rf "$trial"

system=$(. /etc/os-release 2>/dev/null && printf %s "$PRETTY_NAME")
printf 'system %s, Linux %s\n' "${system:-unknown}" "$(uname -r)"

[ "$docker" = needed ] || exit 0
if ! command -v docker >/dev/null; then
  lacks docker 'no docker command'
elif ! version=$(timeout 20 docker version --format '{{.Server.Version}}' 2>&1); then
  lacks docker "$version"
else
  printf 'docker %s\n' "$version"
  case $(timeout 20 docker info --format '{{.SecurityOptions}}' 2>&1) in *rootless*) lacks rootful "$version" ;; esac
  if compose=$(timeout 20 docker compose version --short 2>/dev/null); then
    printf 'compose %s\n' "${compose#v}"
    case ${compose#v} in 0.* | 1.*) lacks compose "$compose" ;; esac
  else
    lacks compose "$(command -v docker-compose || echo none)"
  fi
fi
exit 0
