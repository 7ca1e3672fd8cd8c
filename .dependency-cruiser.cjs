// The folder rule of CONTRIBUTING.md: data flows one way.
const only = (from, to, comment) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment,
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: to.map((place) => `^src/${place}`) },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('shell', ['shell/', 'errors\\.ts$'], 'values only'),
    only('fields', ['fields/', 'shell/', 'errors\\.ts$'], 'the words plans are made of'),
    only(
      'diagnostics',
      ['diagnostics/', 'fields/', 'shell/', 'errors\\.ts$'],
      'problems with positions, for plans and inventories',
    ),
    only(
      'steps',
      ['steps/', 'fields/', 'shell/', 'errors\\.ts$', 'host/host\\.ts$'],
      'kinds see a host, never how it is reached',
    ),
    only(
      'steps/shared',
      [
        'steps/shared/',
        'steps/(facts|format|step-kind)\\.ts$',
        'fields/',
        'shell/',
        'errors\\.ts$',
        'host/host\\.ts$',
      ],
      'what kinds share knows no kind',
    ),
    {
      name: 'kinds-know-no-kind',
      severity: 'error',
      comment: 'what two kinds need is in steps/shared',
      from: { path: '^src/steps/([^/]+)/' },
      to: { path: '^src/steps/[^/]+/', pathNot: '^src/steps/(shared|$1)/' },
    },
    only(
      'plan',
      ['plan/', 'diagnostics/', 'steps/', 'fields/', 'shell/', 'errors\\.ts$', 'host/host\\.ts$'],
      'plans know kinds, not machines',
    ),
    only(
      'init',
      ['init/', 'plan/', 'steps/', 'fields/', 'shell/', 'errors\\.ts$', 'host/host\\.ts$'],
      'init reads hosts and writes plans; it is given a host',
    ),
    only(
      'host',
      ['host/', 'diagnostics/', 'fields/', 'shell/', 'errors\\.ts$'],
      'hosts know nothing of plans',
    ),
    only(
      'notifications',
      [
        'notifications/',
        'diagnostics/',
        'fields/',
        'plan/files/(inline|read)-secrets\\.ts$',
        'plan/values/lookups\\.ts$',
        'shell/',
        'errors\\.ts$',
        'workflows/(answer-command|answers|details|impact|notices|quorum|run-states|status|text)\\.ts$',
      ],
      'what is sent, and how; it knows neither hosts nor Temporal',
    ),
    only(
      'activities',
      [
        'activities/',
        'notifications/',
        'codec/reveal\\.ts$',
        'plan/',
        'steps/',
        'fields/',
        'shell/',
        'errors\\.ts$',
        'host/host\\.ts$',
        'workflows/(hold|messages|notices|previews|retried-steps|run-states|status)\\.ts$',
      ],
      'activities get their hosts as arguments',
    ),
    only(
      'break-glass',
      [
        'break-glass/',
        'activities/(steps|binding|authority)\\.ts$',
        'plan/',
        'steps/',
        'shell/',
        'errors\\.ts$',
        'host/',
        'workflows/(messages|status|run-graph|undo-order)\\.ts$',
      ],
      'the same code as a worker undoes with, and nothing that needs a Temporal',
    ),
    {
      name: 'nobody-needs-break-glass',
      severity: 'error',
      comment: 'it is for people at a terminal',
      from: { path: '^src/', pathNot: '^src/(cli|break-glass)/' },
      to: { path: '^src/break-glass/' },
    },
    {
      name: 'workflows-import-types-only',
      severity: 'error',
      comment: 'zod and the kinds stay out of the sandbox; a change there cannot break a running plan',
      from: { path: '^src/workflows/' },
      to: { path: '^src/', pathNot: '^src/workflows/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-machine-in-steps',
      severity: 'error',
      comment: 'kinds and plans are plain data and functions; only plan/files reads the disk',
      from: { path: '^src/(steps|plan)/', pathNot: '^src/plan/files/' },
      to: {
        path: '^(node:|fs|path|os|child_process|crypto)|node_modules/(@temporalio|node-ssh)',
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
