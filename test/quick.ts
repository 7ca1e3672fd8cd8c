/**
 * The quick half of the suite: test files that need no test host, no Docker, no sshd, no browser and no Temporal server.
 * `scripts/test-node` runs them under each supported Node release; paths are globs from the root of the repository.
 */
export const quickTests: readonly string[] = [
  'test/package-lock.test.ts',
  'test/activities/*.test.ts',
  'test/chaos/*.test.ts',
  'test/cli/{check,explain,live,preview,report,role-lines,status,words}.test.ts',
  'test/host/{inventory,model,values}.test.ts',
  'test/init/{places,plan-text}.test.ts',
  'test/plan/**/*.test.ts',
  'test/steps/{every-kind-joins,fields,shown-diff}.test.ts',
  'test/workflows/{details,downtime,drift,failure-question,other-than-approved,quorum,read-answer,replay,run-graph,signed-answer,undo-order}.test.ts',
]
