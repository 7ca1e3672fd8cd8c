#!/bin/sh
# Compiles at each change of a source file, and restarts the service. What docker-compose.dev.yml runs.
set -eu
node_modules/.bin/tsc
node_modules/.bin/tsc --watch --preserveWatchOutput &
exec node --watch --watch-preserve-output dist/src/server.js
