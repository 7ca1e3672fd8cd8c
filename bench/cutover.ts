import { setTimeout as wait } from 'node:timers/promises'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import { writingClient } from '../testbed/vividwalls-client.ts'
import { visit } from '../testbed/vividwalls-visit.ts'
import { openStage } from '../testbed/run-stage.ts'
import { decide, openDecision, statusOf } from '../testbed/watch-run.ts'
import { vividwallsInputs } from '../testbed/vividwalls-inputs.ts'
import type { Finding } from './finding.ts'
import { phaseTimes } from './phase-times.ts'

const RUN = 'bench'

/**
 * The longest time without an answer for a client that writes continuously: while the plan cuts over from the old VividWalls
 * to the new one, and during a manual `down` and `up` of the new stack.
 */
export async function measureCutover(tell: (line: string) => void): Promise<readonly Finding[]> {
  const stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
  try {
    const facts = await layVividwalls(stage.testHost)
    const answered = async () => {
      const url = `https://n8n.${facts.domain}/healthz`
      while ((await visit(stage.testHost, url).catch(() => undefined))?.status !== 200) await wait(50)
      await wait(500)
    }
    const silenceDuring = async (work: () => Promise<unknown>) => {
      const client = writingClient(stage.testHost, `https://n8n.${facts.domain}/webhook/orders`)
      try {
        await work()
        // The first answer may come after the typed commands have returned.
        await answered()
      } finally {
        await client.stop()
      }
      return (await client.stop()).longestSilenceSeconds
    }
    const inputs = await vividwallsInputs(stage.folder, facts)
    const run = await stage.start('vividwalls-restore', { id: RUN, inputs })
    const gate = await openDecision(run, 600)
    for (const line of gate.shows.filter((line) => /: [\d.]+ s, /.test(line))) tell(`  forecast: ${line}`)
    const byPlan = await silenceDuring(async () => {
      await decide(run, gate, 'approve')
      const next = await openDecision(run, 600)
      if (next.kind !== 'attest') throw new Error(`the cutover ended with ${next.title}`)
    })
    const { downtime } = await statusOf(run)
    for (const line of await phaseTimes(stage.client, `${RUN}/cutover`)) tell(`  ${line}`)
    const compose = `cd ${facts.old.folder} && docker compose -p vividwalls-${RUN}`
    const byHand = await silenceDuring(async () => {
      await stage.testHost.must(`${compose} down && ${compose} up -d --wait`, { timeoutSeconds: 600 })
    })
    tell(`  measured by the run: ${(downtime?.seconds ?? Number.NaN).toFixed(1)} s`)
    return [
      {
        part: 'cutover',
        what: 'a writing client without an answer',
        ours: { value: byPlan, unit: 's' },
        peer: { name: 'down; up typed by hand', value: byHand, unit: 's' },
        goal: { atMost: 1.1 },
        note: 'the plan stops one stack, copies its certificates, moves two directories and starts another; by hand: one stack',
      },
      {
        part: 'cutover',
        what: 'the forecast at the gate',
        ours: { value: downtime?.forecastSeconds ?? Number.NaN, unit: 's' },
        peer: { name: 'measured by the run', value: downtime?.seconds ?? Number.NaN, unit: 's' },
        goal: { within: 0.2 },
      },
    ]
  } finally {
    await stage.close()
  }
}
