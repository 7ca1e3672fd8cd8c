import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import { packageFolder } from '../../src/config.ts'
import type { AllHosts } from '../../src/host/hosts.ts'
import { TAIL_BYTES } from '../../src/host/output-tail.ts'
import { tokenOf } from '../../src/host/token.ts'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { makeLocal } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'
import { inDepth, wholeDepth } from '../depth.ts'
import { binding } from '../host/binding.ts'
import { endOf } from './temporal-stranger.ts'

// What a host says is data. A host in the wrong hands harms itself; never the worker, the other hosts or their secrets.

const ROOT = '/var/lib/reinstate'
/** An answer of 4 MiB and what it takes to read it are well below. */
const MOST_RISE_MEBIBYTES = 250

/** How a host in the wrong hands answers any request, after its greeting. */
const ANSWERS = {
  'endless lines': 'yes "receipt of something that never ends, as long as somebody listens to it"',
  'one line without an end': "tr '\\0' x < /dev/zero",
  'an end in the middle': 'echo begun; exit 1',
  silence: 'sleep 60',
} as const
type Manner = keyof typeof ANSWERS

describe('a caller of a hostile host', () => {
  let local: Local
  let hosts: AllHosts
  beforeEach(() => {
    local = makeLocal()
    hosts = local.hosts({ patienceSeconds: 1, answerSeconds: 1 })
  })
  afterEach(async () => {
    await hosts.close()
    local.remove()
  })

  const LONG = TAIL_BYTES + 1
  const RUN_OF_LONG_OUTPUT = `for line in 1 2 3 4; do read -r _; done; echo begun; echo "out 0 ${LONG}"; head -c ${LONG} /dev/zero; echo "state exited 0 ${LONG} 0"`

  /** Replaces the host's sh: whatever it is sent, its remote-run.sh greets, and answers this verb with the output of this script. */
  function answerWith(verb: string, script: string): void {
    rmSync(local.shell)
    const answer = `if [ "$verb" = ${verb} ]; then echo >> ${local.directory}/asked; ${script}; else ${RUN_OF_LONG_OUTPUT}; fi`
    const serve = `while read -r nonce verb words; do echo "$nonce"; echo "$nonce" >&2; ${answer}; done`
    const text = `#!/bin/dash\ncase "$*" in *' serve') ${serve} ;; *) exec dash "$@" ;; esac\n`
    writeFileSync(local.shell, text, { mode: 0o755 })
  }

  const LOCK = { name: 'guestbook', holder: 'run' }
  const bound = (more: object = {}) => hosts.bind('here', binding(more)).run('copy', command(sh`true`))
  const followed = binding()
  const token = tokenOf({ ...followed, name: 'copy' })
  /** Every verb that the product asks of a host, and a lie: what no remote-run.sh says, or what cannot be so. */
  const calls: Readonly<
    Record<string, { readonly call: (signal?: AbortSignal) => Promise<unknown>; readonly lie: string }>
  > = {
    run: {
      call: (signal = new AbortController().signal) => bound({ signal }),
      lie: 'echo begun; echo "state exited 0 5 0"',
    },
    follow: {
      call: (signal = new AbortController().signal) =>
        bound({ ...followed, signal, resume: { offsets: { [token]: { out: 9, err: 0 } } } }),
      lie: 'echo "out 7 2"; echo ab; echo "state exited 0 9 0"',
    },
    sums: {
      call: (signal = new AbortController().signal) => bound({ signal }),
      lie: 'echo "sums $(pwd) -"; echo done',
    },
    tail: { call: () => hosts.tail('here', 'w_a_b_1_c', 100), lie: 'echo "state alive 0 0 0"' },
    cancel: { call: () => hosts.stop('here', 'w_a_b_1_c'), lie: 'echo "state exited 0 5"' },
    list: { call: () => hosts.receipts('here', 'run'), lie: 'echo "receipt a_b exited 0 x"; echo done' },
    journal: { call: () => hosts.journal('here', 'run'), lie: 'echo "journal a"; echo done' },
    'mark-undone': {
      call: (signal) => hosts.markUndone('here', binding(), signal),
      lie: 'echo undone; echo done',
    },
    lock: { call: (signal) => hosts.takeLock('here', LOCK, signal), lie: 'echo "holder {{{"; echo done' },
    unlock: { call: (signal) => hosts.releaseLock('here', LOCK, signal), lie: 'echo "holder x"; echo done' },
  }

  it('H7 › every verb of remote-run.sh that the product asks is tried here', () => {
    const text = readFileSync(packageFolder('src', 'host', 'remote-run.sh'), 'utf8')
    const [, cases = ''] = /case \$verb in\n(.*?)\n {4}esac/s.exec(text) ?? []
    const verbs = [...cases.matchAll(/^ +([a-z-]+)\) /gm)].map(([, verb]) => verb)
    // `status` is for people at the host.
    expect(verbs.sort()).toEqual([...Object.keys(calls), 'status'].sort())
  })

  const asked = () => existsSync(join(local.directory, 'asked'))

  /** Of one answer in `npm test`, and of each at the whole depth. */
  const tried = Object.entries(calls).flatMap(([verb, { call, lie }], index) =>
    inDepth(Object.keys(ANSWERS) as Manner[], [
      (['endless lines', 'one line without an end', 'an end in the middle', 'silence'] as const)[index % 4] ??
        'silence',
    ]).map((manner) => ({ verb, call, lie, manner })),
  )

  it.each(tried)(
    'H7 › $verb › $manner › rejects, and keeps at most a few answers in memory',
    async ({ verb, call, manner }) => {
      answerWith(verb, ANSWERS[manner])
      const before = process.memoryUsage().rss
      const patient = new AbortController()
      // A command may be silent for as long as its activity has time; it is the activity that gives up.
      const leaving = setTimeout(() => patient.abort('leave'), 3000)
      const began = Date.now()
      const error: unknown = await call(patient.signal).catch((thrown: unknown) => thrown)
      clearTimeout(leaving)
      expect(asked()).toBe(true)
      expect(error).toBeInstanceOf(Error)
      // Of a command the host says that it began, or nothing: the activity gives up, which knows how long it may take.
      const isPatient = ['run', 'follow', 'sums'].includes(verb)
      const expected = {
        silence: isPatient ? 'AbortError' : 'HostUnreachable',
        'an end in the middle': isPatient ? /AbortError|HostNotReady/ : /HostUnreachable|HostNotReady/,
        'endless lines': /HostNotReady|HostUnreachable/,
        'one line without an end': /HostNotReady|HostUnreachable/,
      }[manner]
      expect((error as Error).name).toMatch(expected)
      expect(String(error).length).toBeLessThan(1000)
      expect(Date.now() - began).toBeLessThan(10_000)
      expect(process.memoryUsage().rss - before).toBeLessThan(MOST_RISE_MEBIBYTES * 1024 * 1024)
    },
  )

  /** What these say is not read: nothing of the run depends on it. */
  const unread = ['mark-undone', 'unlock', 'journal']

  it.each(Object.entries(calls))('H7 › %s › is not believed where it lies', async (verb, { call, lie }) => {
    answerWith(verb, lie)
    const result: unknown = await call().catch((thrown: unknown) => thrown)
    expect(asked()).toBe(true)
    if (unread.includes(verb)) expect(result ?? []).toEqual([])
    else {
      expect(result).toMatchObject({ name: 'HostNotReady' })
      expect(String(result).length).toBeLessThan(1000)
    }
  })

  describe('H7 › an answer about a lock', () => {
    it.each([
      ['no holder', 'echo done'],
      ['a holder of 1 MB', 'echo "holder l$(head -c 1000000 /dev/zero | tr "\\0" x)"; echo done'],
    ])('that has %s is rejected in few words', async (_, script) => {
      answerWith('lock', script)
      const error = await hosts.takeLock('here', LOCK).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'HostNotReady' })
      expect(String(error).length).toBeLessThan(1000)
    })

    it('whose holder cannot be decoded names the encoded holder', async () => {
      answerWith('lock', 'echo holder l_zz; echo done')
      await expect(hosts.takeLock('here', LOCK)).rejects.toMatchObject({ data: { holder: '_zz' } })
    })

    it('that does not come is not waited for after the signal aborts', async () => {
      answerWith('lock', 'sleep 60')
      const given = new AbortController()
      const taking = hosts.takeLock('here', LOCK, given.signal)
      setTimeout(() => given.abort('leave'), 300)
      await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
    })
  })
})

if (wholeDepth)
  describe('a worker whose host is hostile', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await openStage({ quiet: true, hosts: '  here: { local: true }' })
      // Puts the script on the host, into which the hook goes: before the answer to a verb, what lies there for it is done.
      expect(await (await begin('first')).result()).toMatchObject({ state: 'done' })
      await stage.testHost.must(`
mkdir /root/evil
sed -i 's#^    case $verb in$#    [ ! -e "/root/evil/$verb" ] || . "/root/evil/$verb"\\n&#' ${ROOT}/bin/[0-9a-f]*
grep -q /root/evil ${ROOT}/bin/[0-9a-f]*`)
    })
    afterAll(() => stage.close())

    const heal = async () =>
      void (await stage.testHost.exec(`rm -f /root/evil/*; pkill -KILL yes; pkill -KILL -f 'sleep 98[7]'`))
    afterEach(heal)

    const SLOW = 'sleep 987'

    /** From now on the host answers this verb so; sessions that wait for a request would still be honest. */
    const answers = async (verb: string, how: string) =>
      await stage.testHost.must(`
cat > /root/evil/${verb} <<'END'
echo $$ >> /root/evil.calls
${how}
return 1
END
: > /root/evil.calls
pkill -KILL -f '${ROOT}/bin/.* [s]erve' || true`)

    const PLAN = (name: string, host: string, script: string, gate = '') => `
plan: ${name}
title: A run on a host
hosts: [${host}]
stack: ${name}
defaults: { host: ${host} }
phases:
  - phase: one
    steps:
      - { step: it, kind: command, script: ${script}, cannotUndo: it changes nothing, noProof: its exit code is all }
      - { step: undone, kind: command, script: "true", undo: "true", noProof: its exit code is all }
  - phase: two${gate}
    steps:
      - { step: last, kind: command, script: "true", cannotUndo: it changes nothing, noProof: its exit code is all }
`
    const GATE = '\n    gate: { approvers: anyone, within: 1 hour }'

    async function begin(
      id: string,
      { host = 'server', script = '"true"', gate = '' } = {},
    ): Promise<WorkflowHandle> {
      return await stage.start(await stage.plan(id, PLAN(id, host, script, gate)), { id })
    }

    const mebibytesOf = async (pid: number) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
    }
    const workerPid = () => {
      const pid = stage.worker.freeze()
      stage.worker.thaw()
      return pid
    }
    /** By how much the memory of a process rises; it is not watched any longer once that is too much. */
    async function riseOf(pid: number, before: number, seconds: number): Promise<number> {
      let rise = 0
      for (const until = Date.now() + seconds * 1000; Date.now() < until && rise <= MOST_RISE_MEBIBYTES;) {
        rise = Math.max(rise, Math.round((await mebibytesOf(pid)) - before))
        await wait(100)
      }
      return rise
    }
    const callsSoFar = async () => Number(await stage.testHost.must('wc -l < /root/evil.calls'))

    type Scene = (
      id: string,
    ) => Promise<{ readonly run?: WorkflowHandle; readonly begins: () => Promise<unknown> }>

    /** What has a worker ask a host with a verb: the second part begins once the host is in the wrong hands. */
    const SCENES: readonly (readonly [verb: string, scene: Scene])[] = Object.entries<Scene>({
      lock: (id) => Promise.resolve({ begins: () => begin(id) }),
      run: (id) => Promise.resolve({ begins: () => begin(id) }),
      sums: (id) => Promise.resolve({ begins: () => begin(id, { script: 'seq 1 200000' }) }),
      'mark-undone': async (id) => {
        const run = await begin(id, { gate: GATE })
        const gate = await openDecision(run)
        return { run, begins: () => decide(run, gate, 'reject') }
      },
      unlock: async (id) => {
        const run = await begin(id, { gate: GATE })
        const gate = await openDecision(run)
        return { run, begins: () => decide(run, gate, 'approve') }
      },
      cancel: async (id) => {
        const run = await begin(id, { script: 'touch /run/at-work; sleep 60' })
        await stage.testHost.must('timeout 60 sh -c "until test -e /run/at-work; do sleep 0.1; done"')
        return { run, begins: () => run.cancel() }
      },
    })

    it.each(
      SCENES.flatMap(([verb, scene]) =>
        (verb === 'lock'
          ? (['endless lines', 'one line without an end'] as const)
          : (['endless lines'] as const)
        ).map((how) => ({ verb, how, scene })),
      ),
    )(
      'H7 › $verb › $how › the worker stays small, and a run on another host goes on',
      async ({ verb, how, scene }) => {
        // A worker that has read nothing yet.
        await stage.worker.kill('SIGKILL')
        await stage.worker.start()
        const id = `h7-${verb}-${how.slice(0, 3)}`
        const { run, begins } = await scene(id)
        await answers(verb, ANSWERS[how])
        const before = await mebibytesOf(workerPid())
        await begins()
        const other = await begin(`${id}-other`, { host: 'here' })
        await expect.poll(callsSoFar, { timeout: 20_000, interval: 300 }).toBeGreaterThan(0)
        const rise = await riseOf(workerPid(), before, 8)
        expect.soft(rise).toBeLessThan(MOST_RISE_MEBIBYTES)
        expect.soft(await endOf(other, rise > MOST_RISE_MEBIBYTES ? 0 : 10)).toBe('COMPLETED')
        await heal()
        for (const left of [run?.workflowId ?? id, `${id}/rollback`, `${id}/one`, `lock/server/${id}`])
          await stage.client.workflow
            .getHandle(left)
            .terminate()
            .catch(() => undefined)
      },
    )

    it('H7 › journal › endless › rollback --from-host ends by itself and stays small', async () => {
      await answers('journal', ANSWERS['endless lines'])
      const words = [packageFolder('bin', 'reinstate'), 'rollback', '--from-host', 'server']
      const child = spawn(process.execPath, words, { env: stage.environment, stdio: 'ignore' })
      const ended = new Promise<string>((resolve) => child.once('exit', () => resolve('ended')))
      const grown = riseOf(child.pid ?? 0, 150, 15).then((rise) =>
        rise > MOST_RISE_MEBIBYTES ? 'grows' : 'goes on',
      )
      expect(await Promise.race([ended, grown])).toBe('ended')
      child.kill('SIGKILL')
    })

    it('H7 › lock › slow › is asked by one call at a time; a run on another host goes on', async () => {
      await answers('lock', SLOW)
      const run = await begin('h7-slow')
      const other = await begin('h7-slow-other', { host: 'here' })
      expect.soft(await endOf(other, 20)).toBe('COMPLETED')
      await wait(22_000)
      // Each attempt whose heartbeat is missed is followed by another.
      const open = Number(await stage.testHost.must('pgrep -fc "sleep 98[7]" || true'))
      expect(open).toBeLessThanOrEqual(1)
      await heal()
      await run.terminate()
    })

    it('H7 › lock › a holder of 1 MB › the run is refused in few words, and one on another host goes on', async () => {
      await answers('lock', 'echo holder l$(head -c 1000000 /dev/zero | tr "\\0" x); echo done')
      const run = await begin('h7-lies')
      const other = await begin('h7-lies-other', { host: 'here' })
      expect.soft(await endOf(other, 20)).toBe('COMPLETED')
      expect.soft(await endOf(run, 20)).toBe('FAILED')
      const bytes = JSON.stringify(await run.query('status')).length
      const failure = await run.result().catch((error: unknown) => String((error as Error).cause))
      expect(bytes + String(failure).length).toBeLessThan(100_000)
      await heal()
      if ((await endOf(run, 0)) === 'RUNNING') await run.terminate()
    })
  })
