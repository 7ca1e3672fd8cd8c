import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { openDecision } from '../../testbed/watch-run.ts'
import { failingAfter, guestbookInputs } from './guestbook-plan.ts'

/** Another machine, with nothing but the inventory and the workers' key, from which no Temporal is reached. */
export interface NewMachine {
  readonly environment: Readonly<Record<string, string>>
  /** What a command of ours says there; with these variables more. */
  reinstate(words: readonly string[], more?: Readonly<Record<string, string>>): Promise<Said>
}

interface Said {
  readonly exitCode: number | undefined
  readonly stdout: string
  /** Both outputs. */
  readonly text: string
}

export async function newMachine(stage: Stage): Promise<NewMachine> {
  const folder = join(stage.folder, 'new-machine')
  await mkdir(folder)
  await copyFile(join(stage.folder, 'inventory.yaml'), join(folder, 'inventory.yaml'))
  const environment = {
    REINSTATE_HOME: join(folder, 'home'),
    REINSTATE_INVENTORY: join(folder, 'inventory.yaml'),
    REINSTATE_LOCAL_ROOT: join(folder, 'local'),
    // As `reinstate key import` stores it.
    REINSTATE_KEY: join(stage.folder, 'home', 'worker.key'),
    TEMPORAL_ADDRESS: '127.0.0.1:9',
  }
  return {
    environment,
    async reinstate(words, more = {}) {
      const program = [packageFolder('bin', 'reinstate'), ...words]
      const options = { env: { ...environment, ...more }, reject: false, stdin: 'ignore' } as const
      const { exitCode, stdout, stderr } = await execa(process.execPath, program, options)
      return { exitCode, stdout, text: `${stdout}\n${stderr}` }
    },
  }
}

interface Fixture {
  readonly stage: Stage
  readonly facts: GuestbookFacts
  readonly machine: NewMachine
}

/** Tells of each of these steps of the guestbook: a run that failed after it is rolled back from a new machine. */
export function tellOfGuestbookUndoneByHand(steps: readonly string[], fixture: () => Fixture): void {
  describe('a run of the guestbook whose Temporal is gone', { timeout: 600_000 }, () => {
    it.each(steps)('after %s: the host is as it was before', async (step) => {
      const { stage, facts, machine } = fixture()
      const before = await fingerprint(stage.testHost)
      const id = `after-${step}`
      const run = await stage.start(await failingAfter(stage, step, 'ask'), {
        id,
        inputs: await guestbookInputs(stage, facts),
      })
      await openDecision(run, 400)
      // The new machine has no secrets either: no undo of the guestbook needs their values.
      await rm(join(stage.folder, 'guestbook.env'))
      const { exitCode, text } = await machine.reinstate(['rollback', id, '--from-host', 'server', '--yes'])
      expect(text).toContain(`${id} rolled back, without Temporal`)
      expect(exitCode).toBe(0)

      // What the rollback of a worker leaves, no more and no less: a database that was started is kept, and named.
      const differences = diffFingerprints(before, await fingerprint(stage.testHost))
      for (const line of differences) {
        const [kept = 'nothing else'] = /guestbook_db_\S+|reinstate-kept\/[^\s:]+/.exec(line) ?? []
        expect(text, line).toContain(kept)
      }
      const live = await stage.testHost.exec('curl -s http://127.0.0.1:8080/api/entries/summary')
      expect(live.stdout).toContain(`"rows": ${facts.brokenRows}`)
      expect(await stage.testHost.must('ls /var/lib/reinstate/locks')).toBe('')
      await run.terminate('undone by hand')
    })
  })
}
