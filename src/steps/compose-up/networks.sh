# shellcheck shell=sh
# Prints `taken=NAME|PROJECT|BRIDGE|SUBNET SUBNET…` for each network of the host.
set -u
# A network that is removed between the two commands makes inspect fail: list again.
for try in 1 2 3; do
  found=$(docker network ls -q --no-trunc | xargs -r docker network inspect --format 'taken={{.Name}}|{{index .Labels "com.docker.compose.project"}}|{{index .Options "com.docker.network.bridge.name"}}|{{range .IPAM.Config}}{{.Subnet}} {{end}}' 2>&1) && break
  [ $try -lt 3 ] || { printf '%s\n' "$found" >&2; exit 3; }
done
printf '%s\n' "$found"
