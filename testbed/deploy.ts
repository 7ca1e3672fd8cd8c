import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deployPlan } from '../src/cli/init/deploy-plan.ts'
import { startRegistry } from './registry.ts'
import type { Stage } from './run-stage.ts'
import { decide, openDecision } from './watch-run.ts'

/** The plan of `init --deploy`, as tests can run it: approved by `tester`, with a short watch and few requests beside other tests. */
export function hastyDeployPlan(plan: string): string {
  return [
    ['hold: { for: 10 minutes, every: 5 seconds }', 'hold: { for: 3 seconds, every: 1 second }'],
    ['for: 10 seconds, p95Milliseconds: 500', 'for: 3 seconds, perSecond: 3'],
    ['[lead, on-call]', '[tester]'],
  ].reduce((before, [from = '', to = '']) => before.replace(from, to), plan)
}

/** Lays what a first release needs: an empty registry, and the image of the proxy. */
export async function layDeploy({ testHost }: Stage): Promise<void> {
  await startRegistry(testHost)
  await testHost.must('docker tag testbed/nginx:1 nginx:1')
}

/** The same, and the plan of `init --deploy` as tests can run it. Returns its folder. */
export async function layDeployPlan(stage: Stage): Promise<string> {
  await layDeploy(stage)
  const { 'plan.yaml': plan = '', ...files } = Object.fromEntries(deployPlan('server', 'shop'))
  return dirname(await stage.plan('shop-deploy', hastyDeployPlan(plan), files))
}

interface Release {
  readonly version: string
  /** The project that serves now. */
  readonly live: string
}

/** Releases a version whose page is `version VERSION`, by the plan in `folder`; resolves when its run is done. */
export async function releaseVersion(stage: Stage, folder: string, release: Release): Promise<void> {
  await (await releaseUpToGate(stage, folder, release)).approve()
}

/** The same up to its gate; `approve` resolves when the run is done. */
export async function releaseUpToGate(
  stage: Stage,
  folder: string,
  { version, live }: Release,
): Promise<{ readonly approve: () => Promise<void> }> {
  await writeFile(join(folder, 'app', 'site', 'index.html'), `version ${version}`)
  const run = await stage.start(folder, { id: version, inputs: { version, live } })
  const gate = await openDecision(run, 120)
  if (gate.kind !== 'gate') throw new Error(gate.happened)
  return {
    approve: async () => {
      await decide(run, gate, 'approve')
      await run.result()
    },
  }
}
