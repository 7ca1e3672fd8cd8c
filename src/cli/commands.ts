import type { Command } from 'commander'

/** A command of the CLI. Its file is loaded only for that command, so `--version` and `--help` stay fast. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<(command: Command) => void>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'runs a plan and follows it to its end',
    load: async () => (await import('./commands/run.ts')).define,
  },
  {
    name: 'preview',
    summary: 'shows what a run would do, and changes nothing',
    load: async () => (await import('./commands/preview.ts')).define,
  },
  {
    name: 'check',
    summary: 'validates a plan without contacting any host',
    load: async () => (await import('./commands/check.ts')).define,
  },
  {
    name: 'status',
    summary: 'lists all runs, those that wait for you first; or shows one run and what each answer does',
    load: async () => (await import('./commands/status.ts')).define,
  },
  {
    name: 'show',
    summary: 'shows a run in full: steps, evidence, decisions, leftovers',
    load: async () => (await import('./commands/show.ts')).define,
  },
  {
    name: 'report',
    summary: 'writes a report on a run, as Markdown or HTML',
    load: async () => (await import('./commands/report.ts')).define,
  },
  {
    name: 'logs',
    summary: 'prints the events of a run from its history, one per line',
    load: async () => (await import('./commands/logs.ts')).define,
  },
  {
    name: 'approve',
    summary: 'approves the open gate of a run',
    load: async () => (await import('./commands/decide.ts')).defineAs('approve'),
  },
  {
    name: 'reject',
    summary: 'rejects the open gate of a run, which rolls it back',
    load: async () => (await import('./commands/decide.ts')).defineAs('reject'),
  },
  {
    name: 'decide',
    summary: 'answers any decision that a run waits for',
    load: async () => (await import('./commands/decide.ts')).define,
  },
  {
    name: 'sign',
    summary: 'signs an answer to a decision, and prints it to paste into the Temporal UI',
    load: async () => (await import('./commands/sign.ts')).define,
  },
  {
    name: 'rollback',
    summary: 'undoes what a run did, newest step first; also without Temporal',
    load: async () => (await import('./commands/rollback.ts')).define,
  },
  {
    name: 'cancel',
    summary: 'stops a run and rolls it back',
    load: async () => (await import('./commands/cancel.ts')).define,
  },
  {
    name: 'unlock',
    summary: 'removes a host lock that a dead run has left',
    load: async () => (await import('./commands/unlock.ts')).define,
  },
  {
    name: 'clean',
    summary: 'asks, then removes what closed runs keep on their hosts',
    load: async () => (await import('./commands/clean.ts')).define,
  },
  {
    name: 'init',
    summary: 'reads a stack from a host, and writes a plan that restores it',
    load: async () => (await import('./commands/init.ts')).define,
  },
  {
    name: 'backup',
    summary: 'backs up the PostgreSQL servers of a stack while they run',
    load: async () => (await import('./commands/backup.ts')).define,
  },
  {
    name: 'trust',
    summary: "shows a host's key and pins it after a yes",
    load: async () => (await import('./commands/trust.ts')).define,
  },
  {
    name: 'kinds',
    summary: 'lists the kinds of steps, or the fields of one',
    load: async () => (await import('./commands/kinds.ts')).define,
  },
  {
    name: 'explain',
    summary: 'explains a rule, a diagnostic code, an error or a term',
    load: async () => (await import('./commands/explain.ts')).define,
  },
  {
    name: 'schema',
    summary: 'prints the JSON schema of plan files, for editors',
    load: async () => (await import('./commands/schema.ts')).define,
  },
  {
    name: 'dev',
    summary: 'runs Temporal and a worker on this machine, until Ctrl-C',
    load: async () => (await import('./commands/dev.ts')).define,
  },
  {
    name: 'notify',
    summary: 'lists the channels of notifications, or sends a test message to one',
    load: async () => (await import('./commands/notify.ts')).define,
  },
  {
    name: 'worker',
    summary: 'runs a worker for a Temporal server elsewhere',
    load: async () => (await import('./commands/worker.ts')).define,
  },
  {
    name: 'key',
    summary: 'creates, exports or imports the key with which workers sign',
    load: async () => (await import('./commands/key.ts')).define,
  },
  {
    name: 'codec',
    summary: 'creates, lists, rotates, exports or imports the keys that encrypt what Temporal stores',
    load: async () => (await import('./commands/codec.ts')).define,
  },
  {
    name: 'completion',
    summary: 'prints completion for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).define,
  },
]
