import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { Stage } from '../../testbed/run-stage.ts'

/** A small live stack: a web server on a port of the host, in /srv/NAME as project NAME. */
export async function layStack({ testHost }: Stage, name: string, port: number): Promise<void> {
  await testHost.must(LAY_STACK, { env: { NAME: name, PORT: `${port}`, COMPOSE: stackFile(port) } })
}

/** The Compose file of a web server on this port, of the site beside it. */
export function stackFile(port: number): string {
  return `services:
  web:
    image: testbed/nginx:1
    restart: unless-stopped
    ports: ['${port}:80']
    volumes: ['./site:/usr/share/nginx/html:ro']
`
}

const LAY_STACK = `
set -eu
mkdir -p "/srv/$NAME/site"
echo "<h1>$NAME</h1>" >"/srv/$NAME/site/index.html"
printf %s "$COMPOSE" >"/srv/$NAME/compose.yaml"
docker compose --progress quiet -p "$NAME" -f "/srv/$NAME/compose.yaml" up -d`

/**
 * A cutover of the stack `name` on a port to a new one: behind a gate that anyone may approve, the old stack is stopped, the last
 * orders are copied until /var/tmp/NAME-copied is there, and the new stack starts on the same port.
 */
export const CUTOVER = (name: string, port: number): string => `
plan: ${name}-cutover
title: Move the ${name} to its new stack
hosts: [server]
stack: ${name}
downtime: { from: stop-old, to: live }
phases:
  - phase: prepare
    title: Write the files of the new stack
    steps:
      - { step: folder, kind: directories, paths: ['/srv/${name}-new/site'] }
      - { step: page, kind: file-write, path: /srv/${name}-new/site/index.html, from: index.html }
      - { step: compose-file, kind: file-write, path: /srv/${name}-new/compose.yaml, from: compose.yaml }
  - phase: cutover
    title: Stop the old ${name} and serve the new one
    gate: { approvers: anyone, within: 1 hour, note: From here on visitors get the new ${name}. }
    steps:
      - { step: stop-old, title: 'Stop the old ${name}; its data stays', kind: containers-stop, projects: [${name}] }
      - step: last-orders
        title: Copy the last orders
        kind: command
        script: timeout 120 sh -c 'until test -e /var/tmp/${name}-copied; do sleep 0.1; done'; touch /srv/${name}-new/orders
        undo: rm -f /srv/${name}-new/orders
        verify: test -e /srv/${name}-new/orders
      - { step: serve, title: Start the new ${name}, kind: compose-up, file: /srv/${name}-new/compose.yaml, project: ${name}-new }
      - { step: live, title: The new ${name} answers, kind: http-probe, url: 'http://127.0.0.1:${port}/', bodyContains: new ${name}, within: 20 seconds }
`

/** The files beside CUTOVER. */
export const cutoverFiles = (name: string, port: number) => ({
  'index.html': `<h1>new ${name}</h1>\n`,
  'compose.yaml': stackFile(port),
})

/** What visitors get on a port of the test host; empty where nothing answers. */
export async function served({ testHost }: Stage, port: number): Promise<string> {
  return (await testHost.exec(`curl -s --max-time 5 http://127.0.0.1:${port}/`)).stdout
}

/** Waits on the test host until a shell test holds. @throws after two minutes */
export async function appears({ testHost }: Stage, test: string): Promise<void> {
  await testHost.must('timeout 120 sh -c "until $TEST; do sleep 0.02; done"', { env: { TEST: test } })
}

/** Waits until a workflow is closed, however it ends. */
export async function closed(run: WorkflowHandle): Promise<void> {
  await run.result().catch(() => undefined)
}

/** Polls until this holds. @throws after the time, naming what did not come */
export async function comes(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const until = Date.now() + seconds * 1000; !(await holds()); await wait(200))
    if (Date.now() > until) throw new Error(`${what} did not come in ${seconds} s`)
}
