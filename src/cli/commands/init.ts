import { Option, type Command } from 'commander'
import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { readConfig } from '../../config.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { id } from '../../fields/id.ts'
import { refuseNotRestorable } from '../../init/not-restorable.ts'
import { validatePlan } from '../../init/validate-plan.ts'
import { readAddress } from '../../init/inventory-text.ts'
import { guardOf, guardText } from '../../init/day-after.ts'
import { idOf } from '../../init/names.ts'
import { overrideText } from '../../init/override-text.ts'
import { planText, type Named } from '../../init/plan-text.ts'
import { readFromFile } from '../../init/from-file.ts'
import { readStack } from '../../init/read-stack.ts'
import type { Stack } from '../../init/stack.ts'
import { survey } from '../../init/survey.ts'
import { FileIsThere, writeFresh } from '../../init/write-fresh.ts'
import { quote } from '../../shell/script.ts'
import { chosenProject } from '../init/choose-project.ts'
import { decidePlaces, type Decided } from '../init/decide-places.ts'
import { deployLines, deployPlan } from '../init/deploy-plan.ts'
import { stackLines } from '../init/stack-lines.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { inventoryFor, readingHost } from '../host-to-read.ts'
import { print, printJson } from '../terminal.ts'

interface Options {
  readonly project?: string
  readonly backup?: string
  readonly file: readonly string[]
  readonly map: readonly string[]
  readonly keep: readonly string[]
  readonly config?: string
  readonly deploy?: boolean
  readonly out?: string
  readonly address?: string
  readonly key?: string
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory; a new one with --address')
    .option('--project <name>', 'the Compose project; required without a terminal when there are several')
    .option('--backup <directory>', 'directory of the backup on the host. Default: /backup/<project>')
    .option(
      '--file <path>',
      'the Compose file on the host, for a new machine without its containers; repeatable',
      repeated,
      [],
    )
    .option(
      '--map <place=folder>',
      'restores a volume or directory from this folder, dump or archive of the backup; repeatable',
      repeated,
      [],
    )
    .option(
      '--keep <place>',
      'keeps the live volume or directory in the restored stack; repeatable',
      repeated,
      [],
    )
    .addOption(
      new Option(
        '--config <which>',
        'configuration that differs from the backup: that of the host, or that of the backup, restored at the cutover. Default: host',
      ).choices(['host', 'backup']),
    )
    .option(
      '--deploy',
      'writes a plan that deploys an application with a Dockerfile, named by --project. Default: web',
    )
    .option('--out <directory>', 'directory for the plan. Default: plans/<project>-restore, or -deploy')
    .option('--address <user@address:port>', 'creates the inventory with this host, if there is none yet')
    .option('--key <file>', 'the private key for it. Default: ssh-agent and the keys in ~/.ssh')
    .option('--json', 'prints what was found and written, as JSON')
    .addHelpText(
      'after',
      '\nIt only reads the host, and overwrites no file on this machine. It shows the key of a new host\n' +
        'and pins it after a yes; without a terminal it exits with status 4.\n' +
        '\nExamples:\n  reinstate init server --address root@203.0.113.7\n  reinstate init server --project shop --backup /backup/shop\n' +
        '  reinstate init server --file /srv/shop/compose.yaml --backup /backup/shop\n  reinstate init server --deploy --project shop',
    )
    .action(async (host: string, options: Options) => {
      process.exitCode = await init(host, options)
    })
}

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

async function init(name: string, options: Options): Promise<ExitCode> {
  const config = readConfig()
  if (!id.safeParse(name).success) throw noName(name)
  const backup = options.backup?.replace(/(?<=.)\/+$/, '')
  if (backup !== undefined && !absolutePath.safeParse(backup).success)
    throw new BadInput(`--backup ${backup} is not an absolute path of a directory on the host`)
  const relativeFile = options.file.find((one) => !absolutePath.safeParse(one).success)
  if (relativeFile !== undefined)
    throw new BadInput(`--file ${relativeFile} is not an absolute path of a Compose file on the host`)
  const notOfDeploy = options.deploy ? foreignTo(options) : undefined
  if (notOfDeploy !== undefined)
    throw new BadInput(`--deploy restores nothing, so it does not go with --${notOfDeploy}`)
  const inventory = await inventoryFor(name, { ...options, retryCommand: typedAgain(name, options) }, config)
  if (!inventory) return exitCodes.waits

  if (options.deploy) return await writeDeployPlan(name, options)

  return await readingHost(name, { by: 'init', inventory, config }, async (host) => {
    const { file, map, keep } = options
    const surveyed = await survey(host)
    const fromFile =
      file.length > 0
        ? await readFromFile(surveyed, { files: file, project: options.project, backup }, host)
        : undefined
    const { survey: found, notes = [] } = fromFile ?? { survey: surveyed }
    const project = fromFile?.project ?? (await chosenProject(found, name, options))
    const read = async (now: Decided) => {
      const isConfigFromBackup = options.config === 'backup'
      const wanted = {
        project,
        isConfigFromBackup,
        map,
        backup: now.backup ?? backup,
        keep: [...keep, ...now.keep],
      }
      const stack = await readStack(found, wanted, host)
      return { ...stack, notes: [...notes, ...stack.notes] }
    }
    const stack = await decided(read, (at) =>
      typedAgain(name, { ...options, project, ...(at !== undefined && { backup: at }) }),
    )
    refuseNotRestorable(stack)
    const files = await writePlan(stack, options.out)
    if (options.json) printJson({ ...stack, wrote: files })
    else
      print(
        stackLines(stack, {
          wrote: files.map((file) => relative('', file)),
          plan: planAt(dirname(files[0] ?? '')),
          text: planText(stack, namesOf(stack)),
        }),
      )
    return exitCodes.done
  })
}

const OF_RESTORE = ['backup', 'file', 'map', 'keep', 'config'] as const

/** An option that only a plan that restores has. */
function foreignTo(options: Options): (typeof OF_RESTORE)[number] | undefined {
  return OF_RESTORE.find((name) => options[name] !== undefined && options[name].length > 0)
}

async function writeDeployPlan(host: string, { project = 'web', out, json }: Options): Promise<ExitCode> {
  if (!id.safeParse(project).success) throw noName(project)
  const folder = resolve(out ?? join('plans', `${project}-deploy`))
  const files = [...deployPlan(host, project)]
  const wrote = await writeAll(
    folder,
    Object.fromEntries(files.map(([path, text]) => [join(folder, path), text])),
  )
  if (json) printJson({ host, application: project, wrote })
  else print(deployLines(project, { wrote: wrote.map((file) => relative('', file)), plan: planAt(folder) }))
  return exitCodes.done
}

function noName(name: string): BadInput {
  const isAddress = !('problem' in readAddress(name)) && /[.@:]/.test(name)
  return isAddress
    ? new BadInput(`${name} is an address, not a host name`, `reinstate init server --address ${name}`)
    : new BadInput(
        `${name} is not a valid host name: use lower-case words joined by "-"`,
        `reinstate init ${idOf(name, 60)}`,
      )
}

/** Reads the stack until nothing is left to decide: another backup may lack other places. */
async function decided(
  read: (decided: Decided) => Promise<Stack>,
  again: (backup: string | undefined) => string,
  before: Decided = { keep: [] },
): Promise<Stack> {
  const stack = await read(before)
  const next = await decidePlaces(stack, again)
  if (next.backup === undefined && next.keep.length === 0) return stack
  return await decided(read, again, { ...before, ...next, keep: [...before.keep, ...next.keep] })
}

/** The same command, for when the inventory has the host. */
function typedAgain(name: string, { json, ...options }: Options): string {
  const { project, file, backup, map, keep, config, deploy, out } = options
  const words = Object.entries({ project, file, backup, map, keep, config, out }).flatMap(([option, value]) =>
    [value ?? []].flat().flatMap((one) => [`--${option}`, quote(one)]),
  )
  return [
    'reinstate init',
    name,
    ...(deploy ? ['--deploy'] : []),
    ...words,
    ...(json ? ['--json'] : []),
  ].join(' ')
}

/** A plan's folder as an argument: a bare name would mean a plan in the plan folders. */
function planAt(folder: string): string {
  const shown = relative('', folder)
  return quote(/[/]|^\./.test(shown) ? shown : `./${shown}`)
}

function namesOf({ name }: Stack): Named {
  const override = 'restored.compose.yaml'
  return { plan: `${name}-restore`, override, guard: guardOf(override) }
}

/** Writes the plan with its Compose files, or none of them. */
async function writePlan(stack: Stack, out: string | undefined): Promise<readonly string[]> {
  const { plan, override, guard } = namesOf(stack)
  const folder = resolve(out ?? join('plans', plan))
  const texts = {
    [join(folder, 'plan.yaml')]: planText(stack, { plan, override, guard }),
    ...(stack.isInPlace ? {} : { [join(folder, override)]: overrideText(stack) }),
    ...(stack.dayAfter?.command === 'starts' && { [join(folder, guard)]: guardText(stack) }),
  }
  validatePlan(new Map(Object.entries(texts).map(([file, text]) => [basename(file), text])), [stack.host])
  return await writeAll(folder, texts)
}

/** Writes files that do not exist yet, or none of them. */
async function writeAll(folder: string, texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const files = Object.keys(texts)
  const next = `add --out with another directory, or go on: reinstate check ${planAt(folder)}`
  const there = files.find((file) => existsSync(file))
  if (there !== undefined) throw new FileIsThere(relative('', there), next)
  for (const [file, text] of Object.entries(texts)) await writeFresh(file, text, next)
  return files
}
