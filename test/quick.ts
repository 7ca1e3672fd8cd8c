const folder = (name: string, files: string) => files.split(' ').map((file) => `test/${name}/${file}.test.ts`)

/**
 * The quick half of the suite: test files that need no test host, no Docker, no sshd, no browser and no Temporal server.
 * `scripts/test-node` runs them under each supported Node release; paths are globs from the root of the repository.
 */
export const quickTests: readonly string[] = [
  'test/package-lock.test.ts',
  ...folder('activities', '*'),
  ...folder('chaos', '*'),
  ...folder('cli', 'cells check commands-in-texts explain preview report-document run-events'),
  ...folder('cli', 'standup states status words'),
  ...folder('host', 'inventory model root-cause values'),
  ...folder('init', 'credentials match-folders places plan-text server-options'),
  ...folder('plan', '**/*'),
  ...folder('steps', 'dockerfile every-kind-joins fields shell-variables shown-diff'),
  ...folder('workflows', 'answers approval-violations details downtime drift failed-step impact'),
  ...folder('workflows', 'quorum replay run-graph signed-answer undo-order'),
]
