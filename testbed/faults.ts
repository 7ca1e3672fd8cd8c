import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'

/** Kills all processes whose command line matches an extended expression, also in containers. Returns their number. */
export async function killProcesses(testHost: TestHost, pattern: string, signal = 'KILL'): Promise<number> {
  // In the environment: in the script, the pattern would match the shell that runs it.
  const script = 'pkill -"$SIGNAL" -e -f -- "$PATTERN" | wc -l'
  return Number(await testHost.must(script, { env: { PATTERN: pattern, SIGNAL: signal } }))
}

/** Waits until a killed engine answers again. @throws TestbedFailed after 5 minutes */
export async function waitForEngine(testHost: TestHost): Promise<void> {
  await testHost.must("timeout 300 sh -c 'until docker ps; do sleep 0.1; done' >/dev/null 2>&1")
}

/** Breaks all open ssh connections; new ones are possible at once. Returns their number. */
export async function cutSshConnections(testHost: TestHost): Promise<number> {
  const script =
    'pkill -KILL -e -x sshd-session | wc -l; while pgrep -x sshd-session >/dev/null; do sleep 0.02; done'
  return Number(await testHost.must(script))
}

/** Silently drops every packet to sshd: connections stay open without traffic. */
export async function muteSsh(testHost: TestHost): Promise<void> {
  await testHost.must('iptables -I INPUT -p tcp --dport 22 -j DROP')
}

/** Undoes muteSsh. */
export async function unmuteSsh(testHost: TestHost): Promise<void> {
  await testHost.must('iptables -D INPUT -p tcp --dport 22 -j DROP')
}

/** Pauses the whole machine, including exec, until thaw. */
export async function freeze(testHost: TestHost): Promise<void> {
  await docker(['pause', testHost.name])
}

/** Undoes freeze. */
export async function thaw(testHost: TestHost): Promise<void> {
  await docker(['unpause', testHost.name])
}

/** Pauses a container on the test host: it is running, and does not answer. */
export async function pauseContainer(testHost: TestHost, container: string): Promise<void> {
  await testHost.must('docker pause "$CONTAINER"', { env: { CONTAINER: container } })
}

/** Undoes pauseContainer. */
export async function unpauseContainer(testHost: TestHost, container: string): Promise<void> {
  await testHost.must('docker unpause "$CONTAINER"', { env: { CONTAINER: container } })
}

/** Changes one byte of a file, and neither its size nor its mtime. Default: the byte in the middle. */
export async function flipByte(testHost: TestHost, path: string, at?: number): Promise<void> {
  await testHost.must(FLIP, { env: { FILE: path, AT: at === undefined ? '' : `${at}` } })
}

const FLIP = String.raw`
set -eu
size=$(stat -c %s -- "$FILE")
[ "$size" -gt 0 ] || { echo "$FILE is empty" >&2; exit 1; }
[ -n "$AT" ] || AT=$((size / 2))
mtime=$(stat -c %y -- "$FILE")
byte=$(od -An -t u1 -j "$AT" -N 1 -- "$FILE")
printf "\\$(printf %o $((byte ^ 1)))" | dd of="$FILE" bs=1 seek="$AT" conv=notrunc status=none
touch -m -d "$mtime" -- "$FILE"
`

/** Fills the disk of a folder except for this much space. Returns the file to remove afterwards. */
export async function fillDisk(testHost: TestHost, folder: string, leaveMebibytes = 0): Promise<string> {
  const script = `
    free=$(df --output=avail -B 1M "$FOLDER" | tail -n 1)
    fallocate -l "$((free - LEAVE > 0 ? free - LEAVE : 1))M" "$FOLDER/.filling" && echo "$FOLDER/.filling"`
  return await testHost.must(script, { env: { FOLDER: folder, LEAVE: `${leaveMebibytes}` } })
}
