import type { BackedUpServer, BackupSources } from './backup-sources.ts'
import { distinct, idOf, RUN } from './names.ts'
import { yamlScalar } from './yaml-scalar.ts'

/** The folder of one run's backup, in texts of the plan. */
const FOLDER = `\${{ inputs.to }}/${RUN}`

/** Returns the plan that backs up the servers, each into its folder below `to` and the run's id. */
export function backupPlanText(
  { host, project, servers, missing }: BackupSources,
  { plan, to }: { readonly plan: string; readonly to: string },
): string {
  const ids = distinct(servers.map(({ service }) => idOf(service, 40)))
  return [
    '# yaml-language-server: $schema=plan.schema.json (for editors; create it with: reinstate schema > plan.schema.json)',
    `# Backs up PostgreSQL of ${project} while it runs. Written by reinstate backup; edit it as needed.`,
    '# Not in this backup:',
    ...missing.map((line) => `#   ${line}`),
    `plan: ${yamlScalar(plan)}`,
    `title: ${yamlScalar(`A backup of PostgreSQL of ${project}`)}`,
    `hosts: [${yamlScalar(host)}]`,
    'inputs:',
    `  to: { default: ${yamlScalar(to)}, description: "On the host; each run makes a folder in it, named by its id" }`,
    'phases:',
    '  - phase: backup',
    '    title: Copy each server, and prove the copy',
    '    steps:',
    `      - { step: folder, kind: directories, paths: ["${FOLDER}"], mode: "0700" }`,
    ...servers.flatMap((server, index) => serverLines(server, { id: ids[index] ?? '', project })),
    '',
  ].join('\n')
}

function serverLines(
  { service, image, user, folder, below, above }: BackedUpServer,
  { id, project }: { readonly id: string; readonly project: string },
): readonly string[] {
  const at = (path: string) => [`${FOLDER}/${folder}`, path].filter(Boolean).join('/')
  return [
    // They become directories of the volume, with the access that the server needs.
    ...above.map(
      (one, index) =>
        `      - { step: ${id}-above-${index + 1}, kind: directories, paths: ["${at(one.below)}"], mode: "${one.mode.padStart(4, '0')}", owner: "${one.owner}" }`,
    ),
    `      - step: ${id}`,
    '        kind: postgres-backup',
    `        project: ${yamlScalar(project)}`,
    `        service: ${yamlScalar(service)}`,
    ...(user === 'postgres' ? [] : [`        user: ${yamlScalar(user)}`]),
    `        image: ${yamlScalar(image)}`,
    `        to: "${at(below)}"`,
  ]
}
