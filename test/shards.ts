/** A part of `npm run test:all`. */
export interface Shard {
  readonly name: string
  /** What it tests, for `npm run test:all -- --list`. */
  readonly covers: string
  /** Wall minutes on two quiet cores with two workers, after set-up. */
  readonly minutes: number
  /** Test files, and folders with everything below them. */
  readonly files: readonly string[]
  /** Of these, the ones that other shards have. */
  readonly except?: readonly string[]
  /** Run instead of vitest, where a shard has no files of its own or needs more than the others. */
  readonly script?: string
}

/** Everything, at its whole depth, by topic. Each test file is in at least one shard. */
export const shards: readonly Shard[] = [
  {
    name: 'logic',
    covers: 'plans, rules, workflows, init, the CLI: pure functions, replay, and what the CLI prints',
    minutes: 5,
    files: [
      'test/activities',
      'test/chaos',
      'test/cli',
      'test/embedded',
      'test/golden',
      'test/init',
      'test/notifications',
      'test/plan',
      'test/package-lock.test.ts',
      'test/production/files.test.ts',
      'test/shards.test.ts',
      'test/workflows',
    ],
  },
  {
    name: 'node',
    covers: 'the tests that need no test host, under the current LTS releases of Node',
    minutes: 5,
    files: [],
    script: 'scripts/test-node',
  },
  {
    name: 'setup',
    covers: 'each command with only the programs that scripts/needs lists for it; the npm package installed',
    minutes: 7,
    files: ['test/scripts'],
  },
  {
    name: 'host',
    covers: 'the protocol on hosts under dash, bash and busybox: crash points, power cuts, 300 soak runs',
    minutes: 8,
    files: ['test/host'],
  },
  {
    name: 'kinds',
    covers: 'each kind of step on a test host, and the test bed itself',
    minutes: 9,
    files: ['test/steps', 'test/testbed'],
    except: [
      'test/steps/archive-restore-encrypted.test.ts',
      'test/steps/archive-restore-failures.test.ts',
      'test/steps/archive-restore-faults.test.ts',
      'test/steps/contract.test.ts',
      'test/steps/contract-archives.test.ts',
      'test/steps/contract-backup.test.ts',
      'test/steps/contract-compose.test.ts',
      'test/steps/contract-containers.test.ts',
      'test/steps/contract-dumps.test.ts',
      'test/steps/contract-data.test.ts',
      'test/steps/contract-files.test.ts',
      'test/steps/contract-images.test.ts',
      'test/steps/dump-restore-mariadb.test.ts',
      'test/steps/dump-restore-postgres.test.ts',
      'test/steps/image-build.test.ts',
      'test/steps/image-push.test.ts',
    ],
  },
  {
    name: 'dumps',
    covers:
      'dumps of each server and format restored and proven; every way in which one is broken; crashed likewise',
    minutes: 16,
    files: [
      'test/steps/contract-dumps.test.ts',
      'test/steps/dump-restore-mariadb.test.ts',
      'test/steps/dump-restore-postgres.test.ts',
    ],
  },
  {
    name: 'images',
    covers:
      'images built, pushed and pulled on a test host with a registry, crashed after and inside each command',
    minutes: 9,
    files: [
      'test/steps/contract-images.test.ts',
      'test/steps/image-build.test.ts',
      'test/steps/image-push.test.ts',
    ],
  },
  {
    name: 'contract-files',
    covers:
      'kinds of directories, files and volumes, crashed after each command and before each program in it',
    minutes: 6,
    files: ['test/steps/contract.test.ts', 'test/steps/contract-files.test.ts'],
  },
  {
    name: 'contract-containers',
    covers: 'kinds of containers, Compose and databases, crashed likewise',
    minutes: 8,
    files: [
      'test/steps/contract-backup.test.ts',
      'test/steps/contract-compose.test.ts',
      'test/steps/contract-containers.test.ts',
      'test/steps/contract-data.test.ts',
    ],
  },
  {
    name: 'security',
    covers: 'what a security review did, by finding, and each class of it',
    minutes: 14,
    files: ['test/security'],
  },
  {
    name: 'runs',
    covers:
      'runs on a test host: decisions, previews, rollback, break-glass, on call, notifications, encryption, UI, tutorial, secrets',
    minutes: 16,
    files: [
      'test/e2e/attest.test.ts',
      'test/e2e/backup.test.ts',
      'test/e2e/bad-inputs.test.ts',
      'test/e2e/break-glass.test.ts',
      'test/e2e/clean.test.ts',
      'test/e2e/clears.test.ts',
      'test/e2e/codec.test.ts',
      'test/e2e/codec-commands.test.ts',
      'test/e2e/codec-ui.test.ts',
      'test/e2e/after-the-end.test.ts',
      'test/e2e/decisions.test.ts',
      'test/e2e/examples.test.ts',
      'test/e2e/faults.test.ts',
      'test/e2e/hold.test.ts',
      'test/e2e/odd-stack.test.ts',
      'test/e2e/logs.test.ts',
      'test/e2e/observability.test.ts',
      'test/e2e/notify.test.ts',
      'test/e2e/on-call.test.ts',
      'test/e2e/outputs.test.ts',
      'test/e2e/preview.test.ts',
      'test/e2e/refusals.test.ts',
      'test/e2e/restore.test.ts',
      'test/e2e/revision.test.ts',
      'test/e2e/rollback.test.ts',
      'test/e2e/secrets.test.ts',
      'test/e2e/tutorial.test.ts',
      'test/e2e/ui.test.ts',
      'test/e2e/unlock.test.ts',
      'test/e2e/unlocked.test.ts',
      'test/e2e/workers.test.ts',
    ],
  },
  {
    name: 'production',
    covers:
      'docker-compose.temporal.yml brought up on a test host: a run, mTLS, dumps restored, parts killed, a full disk',
    minutes: 16,
    files: ['test/production/brought-up.test.ts', 'test/production/faults.test.ts'],
    script: 'scripts/test-production',
  },
  {
    name: 'situations',
    covers:
      'what people on call meet, each made on a test host, and what every surface shows of it; each alert fired',
    minutes: 9,
    files: ['test/situations', 'test/monitoring'],
  },
  {
    name: 'field',
    covers: 'stacks and backups from the field: what init writes of each is run unedited and rolled back',
    minutes: 20,
    files: ['test/field'],
  },
  {
    name: 'mech-evolve',
    covers:
      'releases: by the plan of init --deploy, and of mech-evolve, failed after each phase; its program in containers',
    minutes: 28,
    files: [
      'test/apps',
      'test/e2e/deploy.test.ts',
      'test/e2e/mech-evolve.test.ts',
      'test/e2e/mech-inputs.test.ts',
      'test/e2e/release-from-ui.test.ts',
      'test/faults/deploy.test.ts',
      'test/faults/mech-evolve.test.ts',
    ],
    except: [
      'test/apps/message-bus-program.test.ts',
      'test/apps/miyabi-program.test.ts',
      'test/apps/vividwalls-master-program.test.ts',
    ],
  },
  {
    name: 'miyabi',
    covers:
      'Miyabi: a whole run and its rollback under load, its gates; the program built, and its pages in a browser',
    minutes: 15,
    files: ['test/apps/miyabi-program.test.ts', 'test/e2e/miyabi.test.ts'],
  },
  {
    name: 'message-bus',
    covers:
      'the message bus: its program, a whole run and its rollback while clients send, the dashboard, a breaker of 60 s',
    minutes: 12,
    files: [
      'test/apps/message-bus-program.test.ts',
      'test/e2e/message-bus.test.ts',
      'test/e2e/message-bus-breaker.test.ts',
    ],
  },
  {
    name: 'message-bus-faults',
    covers: 'the message bus failed and rolled back after each phase, and with its worker killed',
    minutes: 25,
    files: ['test/faults/message-bus.test.ts'],
  },
  {
    name: 'vividwalls',
    covers: 'VividWalls as written, by the plan, with wrong inputs, hit once in each phase; the demo',
    minutes: 12,
    files: [
      'test/e2e/as-written.test.ts',
      'test/e2e/demo.test.ts',
      'test/e2e/vividwalls-faults.test.ts',
      'test/e2e/vividwalls-inputs.test.ts',
      'test/e2e/vividwalls-rollback.test.ts',
      'test/e2e/vividwalls.test.ts',
    ],
  },
  {
    name: 'faults',
    covers: 'lost connections, full disks, wrong clocks, killed hosts; defects that chaos has to find',
    minutes: 10,
    files: [
      'test/faults/break-glass.test.ts',
      'test/faults/chaos.test.ts',
      'test/faults/on-the-machine.test.ts',
      'test/faults/on-the-way.test.ts',
      'test/faults/runs.test.ts',
    ],
  },
  {
    name: 'vividwalls-rollback',
    covers: 'VividWalls rolled back after each phase, by its worker and by hand without Temporal',
    minutes: 9,
    files: ['test/faults/vividwalls-break-glass.test.ts', 'test/faults/vividwalls-rollback.test.ts'],
  },
  {
    name: 'vividwalls-kills',
    covers: 'VividWalls with the worker, Temporal, sshd or the engine killed in each phase',
    minutes: 9,
    files: [
      'test/faults/vividwalls-dockerd.test.ts',
      'test/faults/vividwalls-sshd.test.ts',
      'test/faults/vividwalls-temporal.test.ts',
      'test/faults/vividwalls-worker.test.ts',
    ],
  },
  {
    name: 'archives',
    covers:
      'archives of each format and encryption restored and proven; every way in which one is refused; crashed likewise',
    minutes: 8,
    files: [
      'test/steps/contract-archives.test.ts',
      'test/steps/archive-restore-encrypted.test.ts',
      'test/steps/archive-restore-failures.test.ts',
      'test/steps/archive-restore-faults.test.ts',
    ],
  },
  {
    name: 'miyabi-faults',
    covers: 'Miyabi failed and rolled back after each phase under load, and with its worker killed',
    minutes: 25,
    files: ['test/faults/miyabi.test.ts'],
  },
  {
    name: 'vividwalls-master',
    covers:
      'twelve weeks of VividWalls: every migration up and down, the program with its database and cache',
    minutes: 5,
    files: ['test/apps/vividwalls-master-program.test.ts'],
  },
]

/** Test files and folders that `npm test` leaves to the shards. Whatever else there is, it runs, at less than the whole depth. */
export const onlyInShards: readonly string[] = [
  'test/faults',
  'test/apps',
  'test/situations/hosts.test.ts',
  'test/steps/archive-restore-encrypted.test.ts',
  'test/steps/archive-restore-failures.test.ts',
  'test/steps/archive-restore-faults.test.ts',
  'test/steps/contract-archives.test.ts',
  'test/monitoring',
  'test/steps/contract-backup.test.ts',
  'test/steps/contract-data.test.ts',
  'test/steps/contract-dumps.test.ts',
  'test/steps/contract-images.test.ts',
  'test/steps/dump-restore-mariadb.test.ts',
  'test/steps/dump-restore-postgres.test.ts',
  'test/steps/http-load.test.ts',
  'test/steps/image-build.test.ts',
  'test/steps/image-push.test.ts',
  'test/scripts/tarball.test.ts',
  'test/production/brought-up.test.ts',
  'test/production/faults.test.ts',
  'test/testbed',
  'test/e2e/as-written.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/clears.test.ts',
  'test/e2e/codec-commands.test.ts',
  'test/e2e/codec-ui.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/examples.test.ts',
  'test/e2e/hold.test.ts',
  'test/e2e/logs.test.ts',
  'test/e2e/mech-evolve.test.ts',
  'test/e2e/mech-inputs.test.ts',
  'test/e2e/message-bus-breaker.test.ts',
  'test/e2e/message-bus.test.ts',
  'test/e2e/miyabi.test.ts',
  'test/e2e/release-from-ui.test.ts',
  'test/e2e/notify.test.ts',
  'test/e2e/odd-stack.test.ts',
  'test/e2e/outputs.test.ts',
  'test/e2e/revision.test.ts',
  'test/e2e/unlock.test.ts',
  'test/e2e/unlocked.test.ts',
  'test/e2e/workers.test.ts',
  'test/security/directory-of-others.test.ts',
  'test/security/forged-records.test.ts',
  'test/security/growth.test.ts',
  'test/security/proofs.test.ts',
  'test/security/strange-input.test.ts',
  'test/security/undo-keeps-what-came-after.test.ts',
  'test/steps/applications.test.ts',
  'test/field/backups.test.ts',
  'test/field/databases.test.ts',
  'test/field/day-after.test.ts',
  'test/field/dumps.test.ts',
  'test/field/places.test.ts',
  'test/field/questions.test.ts',
  'test/field/silent-losses.test.ts',
  'test/field/stacks.test.ts',
  'test/field/started.test.ts',
  'test/e2e/vividwalls-faults.test.ts',
  'test/e2e/vividwalls-inputs.test.ts',
  'test/e2e/vividwalls-rollback.test.ts',
  'test/workflows/miyabi.test.ts',
  'test/workflows/weeks.test.ts',
  'test/host/power-cut.test.ts',
  'test/host/soak.test.ts',
]

/** Whether a file is one of these, or lies in a folder of them. */
export function isAmong(file: string, places: readonly string[]): boolean {
  return places.some((place) => file === place || file.startsWith(`${place}/`))
}

/** Whether a shard runs a test file. */
export function holds({ files, except = [] }: Shard, file: string): boolean {
  return isAmong(file, files) && !isAmong(file, except)
}

/** Patterns for vitest, of files and folders. */
export function patternsOf(places: readonly string[]): string[] {
  return places.map((place) => (place.endsWith('.test.ts') ? place : `${place}/**/*.test.ts`))
}

/** The shard of a name. @throws Error that names them all */
export function shardNamed(name: string): Shard {
  const shard = shards.find((one) => one.name === name)
  if (shard) return shard
  throw new Error(`there is no shard "${name}"; shards: ${shards.map((one) => one.name).join(', ')}`)
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The shard of a day, in UTC: each in turn. */
export function shardOf(day: Date): Shard {
  return shardNamed(shards[Math.floor(day.getTime() / DAY_MS) % shards.length]?.name ?? '')
}
