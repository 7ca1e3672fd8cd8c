import type { Command } from 'commander'

/** A command of the CLI. Its file is loaded when it is typed, so that `--version` and `--help` cost nothing. */
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
    summary: 'finds what is wrong with a plan, without any host',
    load: async () => (await import('./commands/check.ts')).define,
  },
  {
    name: 'status',
    summary: 'all runs, those that wait for you first; or one run, and what each answer does',
    load: async () => (await import('./commands/status.ts')).define,
  },
  {
    name: 'show',
    summary: 'the full snapshot of a run: steps, evidence, decisions, leftovers',
    load: async () => (await import('./commands/show.ts')).define,
  },
  {
    name: 'report',
    summary: 'a report on a run, as Markdown or HTML, to keep or to send on',
    load: async () => (await import('./commands/report.ts')).define,
  },
  {
    name: 'logs',
    summary: 'what happened, a line to each event, out of the history',
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
    name: 'rollback',
    summary: 'undoes what a run did, newest first; also with Temporal gone',
    load: async () => (await import('./commands/rollback.ts')).define,
  },
  {
    name: 'cancel',
    summary: 'stops a run and rolls it back',
    load: async () => (await import('./commands/cancel.ts')).define,
  },
  {
    name: 'unlock',
    summary: "removes a host's lock that a run did not give back",
    load: async () => (await import('./commands/unlock.ts')).define,
  },
  {
    name: 'init',
    summary: 'reads a stack from a host, and writes a plan that restores it',
    load: async () => (await import('./commands/init.ts')).define,
  },
  {
    name: 'trust',
    summary: "shows a host's key and pins it after a yes",
    load: async () => (await import('./commands/trust.ts')).define,
  },
  {
    name: 'kinds',
    summary: 'the kinds of steps, and the fields of one',
    load: async () => (await import('./commands/kinds.ts')).define,
  },
  {
    name: 'explain',
    summary: 'what a rule, the code of a problem or an error means, and what to do',
    load: async () => (await import('./commands/explain.ts')).define,
  },
  {
    name: 'schema',
    summary: 'the JSON schema of plan files, for editors',
    load: async () => (await import('./commands/schema.ts')).define,
  },
  {
    name: 'dev',
    summary: 'Temporal and a worker on this machine, until Ctrl-C',
    load: async () => (await import('./commands/dev.ts')).define,
  },
  {
    name: 'worker',
    summary: 'a worker for a Temporal that runs elsewhere',
    load: async () => (await import('./commands/worker.ts')).define,
  },
  {
    name: 'key',
    summary: 'creates, exports or imports the key with which workers sign',
    load: async () => (await import('./commands/key.ts')).define,
  },
  {
    name: 'completion',
    summary: 'completion for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).define,
  },
]
