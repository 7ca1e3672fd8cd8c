import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../../config.ts'

/** A plan that runs as it is; `web` in it is the name of the application. */
const TEMPLATE = packageFolder('docs', 'deploy-your-own')

/**
 * Returns the files of a plan that builds, tries, publishes and switches an application with a Dockerfile, by their paths in
 * the plan's folder. `app/` holds a page in place of the application.
 */
export function deployPlan(host: string, application: string): ReadonlyMap<string, string> {
  const paths = readdirSync(TEMPLATE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== 'README.md' && statSync(join(TEMPLATE, path)).isFile())
    .sort()
  return new Map(
    paths.map((path) => {
      const text = readFileSync(join(TEMPLATE, path), 'utf8')
      return [path, path === 'plan.yaml' ? ofPlan(text, host, application) : named(text, application)]
    }),
  )
}

function ofPlan(text: string, host: string, application: string): string {
  return named(text, application)
    .replace(
      '$schema=../plan.schema.json',
      '$schema=plan.schema.json (for editors; create it with: reinstate schema > plan.schema.json)',
    )
    .replace('hosts: [server]', `hosts: [${host}]`)
    .replace('plan: deploy', `plan: ${application}-deploy`)
}

function named(text: string, application: string): string {
  return text.replace(/\bweb\b/g, application)
}

/** Lists what was written and what is still to be put there; the last line is the next command. */
export function deployLines(
  application: string,
  { wrote, plan }: { readonly wrote: readonly string[]; readonly plan: string },
): readonly string[] {
  return [
    ...wrote.map((file) => `wrote ${file}`),
    `Put your application with its Dockerfile in app/, its port in app.conf and try.compose.yaml, and what it needs, such as`,
    `a database, in base.compose.yaml. One run is one release: version= is its tag, live= the project ${application}-RUN of the last one.`,
    `  next: reinstate check ${plan}, then reinstate preview ${plan} --input version=1`,
  ]
}
