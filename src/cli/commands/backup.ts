import type { Command } from 'commander'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readConfig, type Config } from '../../config.ts'
import { refuseWithoutLinux } from '../../embedded/bring-up.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { backupPlanText } from '../../init/backup-plan.ts'
import { backupSources, type BackupSources } from '../../init/backup-sources.ts'
import { InitRefused } from '../../init/init-refused.ts'
import { projectsOf, survey } from '../../init/survey.ts'
import { validatePlan } from '../../init/validate-plan.ts'
import { writeFresh } from '../../init/write-fresh.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { inventoryFor, readingHost } from '../host-to-read.ts'
import { addRunOptions, runAndFollow, type RunOptions } from '../run-and-follow.ts'
import { note, print } from '../terminal.ts'

interface Options extends RunOptions {
  readonly to?: string
  readonly service?: string
  readonly print?: boolean
}

export function define(command: Command): void {
  addRunOptions(
    command
      .argument('<host>', 'a host of the inventory')
      .argument('<project>', 'the Compose project')
      .option(
        '--to <directory>',
        'directory on the host, in which each backup gets a folder. Default: /backup/<project>',
      )
      .option(
        '--service <name>',
        'backs up the server of this service only. Default: every PostgreSQL server',
      )
      .option('--print', 'prints the plan, and neither writes nor runs it'),
  )
    .addHelpText(
      'after',
      '\nIt backs up PostgreSQL servers while they run, and names first what is not in the backup. It writes its plan to\n' +
        'plans/<project>-backup, once, and runs it.\n' +
        '\nExamples:\n  reinstate backup server shop\n  reinstate backup server shop --service db --to /mnt/backups/shop',
    )
    .action(async (host: string, project: string, options: Options) => {
      process.exitCode = await backup(host, project, options)
    })
}

async function backup(host: string, project: string, options: Options): Promise<ExitCode> {
  const config = readConfig()
  const to = options.to?.replace(/(?<=.)\/+$/, '')
  if (to !== undefined && !absolutePath.safeParse(to).success)
    throw new BadInput(`--to ${to} is not an absolute path of a directory on the host`)
  if (!options.print) await refuseWithoutLinux(config)
  const sources = await readSources(host, { project, service: options.service }, config)
  if (!sources) return exitCodes.waits
  const plan = `${sources.name}-backup`
  const folder = to ?? `/backup/${sources.name}`
  const text = backupPlanText(sources, { plan, to: folder })
  validatePlan(new Map([['plan.yaml', text]]), [host])
  if (options.print) {
    print(text.trimEnd().split('\n'))
    return exitCodes.done
  }
  sourceLines(sources).forEach(note)
  const file = await writeOnce(resolve(join('plans', plan, 'plan.yaml')), text, plan)
  let run = ''
  const exitCode = await runAndFollow({ plan: file, inputs: {} }, options, config, (id) => (run = id))
  if (exitCode === exitCodes.done && !options.detach)
    note(
      `  next: reinstate init ${host} --project ${project} --backup ${folder}/${run}   writes a plan that restores it`,
    )
  return exitCode
}

/** Reads the host; undefined if its key is not pinned. @throws BadInput, InitRefused */
async function readSources(
  name: string,
  { project, service }: { readonly project: string; readonly service: string | undefined },
  config: Config,
): Promise<BackupSources | undefined> {
  const retryCommand = `reinstate backup ${name} ${project}`
  const inventory = await inventoryFor(name, { retryCommand }, config)
  if (!inventory) return undefined
  return await readingHost(name, { by: 'backup', inventory, config }, async (host) => {
    const found = await survey(host)
    const projects = projectsOf(found)
    if (!projects.includes(project))
      throw new BadInput(
        `${name} has no project ${project}; it has: ${projects.join(', ') || 'none'}`,
        `reinstate backup ${name} ${projects[0] ?? 'PROJECT'}`,
      )
    const sources = await backupSources(found, { project, service }, host)
    if (sources.servers.length > 0) return sources
    const what = service === undefined ? 'no PostgreSQL server' : `no PostgreSQL server of service ${service}`
    throw new InitRefused(
      [
        `${what} of project ${project} runs on ${name}; nothing was backed up. Not backed up:`,
        ...sources.missing.map((line) => `  ${line}`),
      ].join('\n'),
    )
  })
}

function sourceLines({ host, project, servers, missing }: BackupSources): readonly string[] {
  return [
    `${project} on ${host}: backs up`,
    ...servers.map(
      ({ service, place }) => `  PostgreSQL of service ${service} (${place ?? 'its data is in no volume'})`,
    ),
    'not in this backup:',
    ...missing.map((line) => `  ${line}`),
  ]
}

/** Writes the plan, or leaves one that is equal. @throws BadInput for another one */
async function writeOnce(file: string, text: string, plan: string): Promise<string> {
  const next = `reinstate run ${plan}, or move that file away`
  if (existsSync(file)) {
    if (readFileSync(file, 'utf8') === text) return file
    throw new BadInput(
      `${relative('', file)} is not the plan that fits this stack and these options, and is never overwritten; nothing was backed up`,
      next,
    )
  }
  await writeFresh(file, text, next)
  note(`wrote ${relative('', file)}`)
  return file
}
