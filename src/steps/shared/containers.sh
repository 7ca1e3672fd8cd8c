# shellcheck shell=sh
# Prints `container=` and JSON for each container. One that is removed between the two commands makes inspect fail: list
# again. `index` in the template, because a plain .State.Health is an error for a container without a health check.
set -u
for try in 1 2 3; do
  ids=$(docker ps -aq --no-trunc) || exit 2
  found=$(printf %s "$ids" | xargs -r docker inspect --type container --format 'container={"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Image}},"imageName":{{json .Config.Image}},"project":{{json (index .Config.Labels "com.docker.compose.project")}},"service":{{json (index .Config.Labels "com.docker.compose.service")}},"dependsOn":{{json (index .Config.Labels "com.docker.compose.depends_on")}},"hash":{{json (index .Config.Labels "com.docker.compose.config-hash")}},"oneOff":{{json (index .Config.Labels "com.docker.compose.oneoff")}},"policy":{{json .HostConfig.RestartPolicy}},"autoRemove":{{json .HostConfig.AutoRemove}},"status":{{json .State.Status}},"exitCode":{{json .State.ExitCode}},"health":{{with index .State "Health"}}{{json .Status}}{{else}}""{{end}},"labels":{{json .Config.Labels}},"mounts":{{json .Mounts}},"networks":{{json .NetworkSettings.Networks}},"ports":{{json .HostConfig.PortBindings}}}' 2>&1) && break
  [ $try -lt 3 ] || { printf '%s\n' "$found" >&2; exit 3; }
done
printf '%s\n' "$found"
