import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { chapters } from './explanations/index.ts'
import type { Page } from './explanations/page.ts'
import { exampleOf, planExample } from './example-of.ts'
import { fieldRows } from './rendering/field-rows.ts'
import { packageFolder } from '../config.ts'
import { fieldsJsonSchema, planJsonSchema, type JsonSchema } from '../plan/json-schema.ts'
import { kinds } from '../steps/index.ts'
import { outputsOf, type AnyStepKind } from '../steps/step-kind.ts'

const MADE = '<!-- Made by `npm run docs` from the schemas; changes here are lost. -->'

/** The files of the reference in docs/, by their names, as they should be. */
export function reference(): Readonly<Record<string, string>> {
  const schema = planJsonSchema(kinds)
  return {
    'plan.schema.json': `${JSON.stringify(schema, null, 1)}\n`,
    'plans.md': plansPage(schema),
    'kinds.md': kindsPage(),
    'rules.md': rulesPage(),
  }
}

function plansPage(schema: JsonSchema): string {
  const part = (...path: readonly string[]): JsonSchema =>
    path.reduce<JsonSchema>((within, key) => within[key] as JsonSchema, schema)
  const phase = part('definitions', 'phase')
  return page('Plan files', [
    'A plan is a YAML file that describes the wanted state, in phases of steps. `reinstate check PLAN` validates it,',
    '`reinstate explain CODE` explains a problem, and an editor completes every field with this first line:',
    '',
    '```yaml',
    '# yaml-language-server: $schema=../../docs/plan.schema.json',
    '```',
    '',
    'A complete plan, with `shop.compose.yaml` next to it:',
    '',
    '```yaml',
    ...planExample().split('\n').slice(1),
    '```',
    '',
    'A duration is a whole number and a unit, `90 seconds`, `10 minutes`, `4 hours` or `2 days`, up to 366 days. An id is of',
    'lower-case letters, digits and `-`. Fields marked *required* have no default.',
    '',
    ...section('The plan', schema),
    ...section('An input', part('properties', 'inputs', 'additionalProperties', 'anyOf', '1')),
    'An input can be just `required`: no default, no pattern.',
    '',
    ...section('Secrets', part('properties', 'secrets')),
    ...section('Downtime', part('properties', 'downtime')),
    ...section('Defaults', part('properties', 'defaults')),
    ...section('A phase', phase),
    ...section('A gate', part('definitions', 'phase', 'properties', 'gate')),
    ...section('A step', part('definitions', 'step')),
    'The other fields of a step are those of its kind: [kinds.md](kinds.md).',
    '',
    '## Lookups',
    '',
    '| written | is | known |',
    '|---|---|---|',
    '| `${{ inputs.NAME }}` | an input | when the run starts |',
    '| `${{ each }}` | the value of a repetition | when the run starts |',
    '| `${{ run.id }}` | the id of the run | when the run starts |',
    '| `${{ steps.STEP.outputs.NAME }}` | an output of an earlier step | in the run; only in the fields of a kind |',
    '| `${{ secrets.NAME }}` | a secret | in the step; only where the kind takes secrets |',
    '',
    'Lookups are replaced, never evaluated. `${NAME}` is left to Compose and the shell.',
    '',
    '## Breaking a rule',
    '',
    'The rules of [rules.md](rules.md) refuse a plan, or warn. A plan, or one step, may break one with a reason:',
    '',
    '```yaml',
    'allow: [{ rule: R013, because: nobody else uses this host }]',
    '```',
    '',
    ...table(part('properties', 'allow', 'items')),
  ])
}

function kindsPage(): string {
  return page('Kinds of steps', [
    'Each kind inspects before it changes anything, verifies its change, and can be undone unless it says why not. Every kind passes',
    'to that on a real host, with a crash after each of its commands.',
    '',
    ...[...kinds.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1)).flatMap(kindSection),
  ])
}

function kindSection(kind: AnyStepKind): readonly string[] {
  const { timeoutMinutes } = kind
  const outputs = outputsOf(kind)
  const last = [
    ...(outputs.length > 0 ? [`Outputs: ${outputs.map((output) => `\`${output}\``).join(', ')}.`] : []),
    `Default timeout: ${timeoutMinutes} minutes.`,
  ]
  return [
    `## ${kind.kind}`,
    '',
    `${kind.summary}.`,
    '',
    '```yaml',
    exampleOf(kind.kind).trimEnd(),
    '```',
    '',
    ...table(fieldsJsonSchema(kind)),
    '',
    last.join(' '),
    '',
  ]
}

function rulesPage(): string {
  return page('Rules, problems and errors', [
    '`reinstate explain` lists these pages, `reinstate explain R012` shows one. An error refuses a plan wherever it is read; a',
    'warning is shown by `reinstate check`, and counts with `--strict`. What surely destroys, hides or mixes data is an error;',
    'A warning marks what can be right in some plans.',
    '',
    ...chapters.flatMap(({ title, pages }) => [`## ${title}`, '', ...pages.flatMap(pageSection)]),
  ])
}

function pageSection({ id, name, severity, title, why, fix, example }: Page): readonly string[] {
  const heading = [id, name].filter((part) => part !== undefined).join(' ')
  return [
    `### ${heading}${severity === 'warning' ? ' (warning)' : ''}`,
    '',
    `${title}. ${why}`,
    '',
    `**Fix:** ${fix}`,
    '',
    ...(example ? ['```yaml', '# wrong', example.wrong, '# right', example.right, '```', ''] : []),
  ]
}

function section(title: string, schema: JsonSchema): readonly string[] {
  return [`## ${title}`, '', ...table(schema), '']
}

function table(schema: unknown): readonly string[] {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  // Known only to be refused.
  const rows = fieldRows(schema).filter(([name]) => name !== 'quorum')
  return [
    '| field | type | | meaning |',
    '|---|---|---|---|',
    ...rows.map(
      ([name = '', takes = '', required = '', purpose = '']) =>
        `| \`${name}\` | ${cell(takes)} | ${cell(required)} | ${cell(purpose)} |`,
    ),
  ]
}

function page(title: string, lines: readonly string[]): string {
  return `${MADE}\n\n# ${title}\n\n${lines.join('\n').trimEnd()}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [name, text] of Object.entries(reference())) writeFileSync(packageFolder('docs', name), text)
