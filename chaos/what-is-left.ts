import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../testbed/run-stage.ts'
import { patiently } from './patiently.ts'

/** Returns the locks and the open workflows that remain a while after a run has closed. */
export async function locksHeld(stage: Stage): Promise<readonly string[]> {
  return await patiently(
    async () => [...(await openWorkflows(stage)), ...(await lockFiles(stage))],
    (held) => held.length === 0,
  )
}

/** Returns the processes of remote-run.sh and of commands that remain on the test host a while after the worker stopped. */
export async function stillRunning({ testHost, worker }: Stage): Promise<readonly string[]> {
  await worker.kill('SIGTERM')
  const script = String.raw`
for list in /proc/[0-9]*/cmdline; do { tr '\n\0' '  ' <"$list" && echo; } 2>/dev/null; done |
  grep -E '/var/lib/reinstate/|^(rsync|docker-compose|docker compose|docker (run|exec|start|stop)|psql|pg_) ' | grep -v grep || true`
  return await patiently(
    async () => (await testHost.must(script)).split('\n').filter(Boolean),
    (left) => left.length === 0,
  )
}

async function openWorkflows({ client }: Stage): Promise<readonly string[]> {
  const open: string[] = []
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
    open.push(`workflow ${workflowId} is open`)
  return open
}

async function lockFiles({ testHost, folder }: Stage): Promise<readonly string[]> {
  const there = (await testHost.must('ls /var/lib/reinstate/locks 2>/dev/null || true'))
    .split('\n')
    .filter(Boolean)
  const here = await readdir(join(folder, 'local', 'locks')).catch(() => [])
  return [
    ...there.map((name) => `${name} is locked on the server`),
    ...here.filter((name) => !name.startsWith('.')).map((name) => `${name} is locked on this machine`),
  ]
}
