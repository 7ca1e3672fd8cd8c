import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readConfig } from '../../config.ts'
import { openHosts } from '../../host/hosts.ts'
import { readInventory } from '../../host/inventory.ts'
import { inventoryText, readAddress } from '../../init/inventory-text.ts'
import { overrideText } from '../../init/override-text.ts'
import { planText } from '../../init/plan-text.ts'
import { readStack } from '../../init/read-stack.ts'
import type { Stack } from '../../init/stack.ts'
import { projectsOf, survey, type Survey } from '../../init/survey.ts'
import { FileIsThere, writeFresh } from '../../init/write-fresh.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { id } from '../../fields/id.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { columns, counted } from '../rendering/columns.ts'
import { stackLines } from '../rendering/stack-lines.ts'
import { askLine, note, print, printJson, someoneIsThere } from '../terminal.ts'

interface Options {
  readonly project?: string
  readonly backup?: string
  readonly out?: string
  readonly address?: string
  readonly key?: string
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory; a new one with --address')
    .option('--project <name>', 'the Compose project; needed where there are several and nobody to ask')
    .option('--backup <directory>', "where the stack's backup is on the host; /backup/<project> unless said")
    .option('--out <directory>', 'where the plan is written; plans/<project>-restore unless said')
    .option('--address <user@address:port>', 'writes an inventory with this host, where there is none yet')
    .option('--key <file>', 'the private key for it; ssh-agent and the usual ones unless said')
    .option('--json', 'prints what was found, and the files, as JSON')
    .addHelpText(
      'after',
      '\nIt only looks at the host, writes nothing there, and overwrites no file here.\n' +
        '\nExamples:\n  reinstate init droplet --address root@203.0.113.7\n  reinstate init droplet --project shop --backup /backup/shop',
    )
    .action(async (host: string, options: Options) => {
      process.exitCode = await init(host, options)
    })
}

async function init(name: string, options: Options): Promise<ExitCode> {
  const config = readConfig()
  if (!id.safeParse(name).success)
    throw new BadInput(`${name} cannot be the name of a host`, 'reinstate init droplet --address ' + name)
  if (!existsSync(config.inventory)) return await beginInventory(name, config.inventory, options)
  const inventory = await readInventory(config.inventory)
  if (!inventory.hosts.has(name)) {
    throw new BadInput(
      `${config.inventory} names no host ${name}; it names: ${[...inventory.hosts.keys()].join(', ') || 'none'}. Add it there by hand`,
    )
  }
  const backup = options.backup?.replace(/(?<=.)\/+$/, '')
  if (backup !== undefined && !absolutePath.safeParse(backup).success)
    throw new BadInput(`--backup ${backup} is not an absolute path of a directory on the host`)

  const hosts = openHosts({ inventory, knownHosts: config.knownHosts })
  try {
    const host = hosts.bind(name, {
      ...{ runToken: 'init', phase: 'init', step: 'look', generation: 1, secrets: [] },
      ...{ signal: new AbortController().signal, beat: () => undefined },
    })
    const found = await survey(host)
    const project = await chosenProject(found, name, options)
    const stack = await readStack(found, { project, backup }, host)
    const files = await writePlan(stack, options.out)
    if (options.json) printJson({ ...stack, files })
    else
      print(
        stackLines(
          stack,
          files.map((file) => relative('', file)),
        ),
      )
    return exitCodes.done
  } finally {
    await hosts.close()
  }
}

async function beginInventory(name: string, file: string, { address, key }: Options): Promise<ExitCode> {
  const read = address === undefined ? {} : readAddress(address)
  if (!read) throw new BadInput(`--address ${address} is not user@address:port, such as root@203.0.113.7`)
  await writeFresh(file, inventoryText({ ...read, name, key }), `reinstate init ${name}`)
  print([
    `wrote ${relative('', file)}, the machines that plans may name`,
    ...(address === undefined ? [`  fill in the address of ${name} there`] : []),
    `  next: reinstate trust ${name}, which shows its key and pins it after a yes; then: reinstate init ${name}`,
  ])
  return exitCodes.done
}

async function chosenProject(found: Survey, host: string, { project }: Options): Promise<string> {
  const projects = projectsOf(found)
  const again = `reinstate init ${host} --project NAME`
  if (project !== undefined) {
    if (projects.includes(project)) return project
    throw new BadInput(`${host} has no project ${project}; it has: ${projects.join(', ') || 'none'}`, again)
  }
  const [only, ...more] = projects
  if (only === undefined)
    throw new BadInput(
      `${host} has no container of docker compose; start the stack there once, so that it can be read`,
    )
  if (more.length === 0) return only
  note(`${host} has ${projects.length} projects`)
  const rows = projects.map((one) => {
    const containers = found.containers.filter((container) => container.project === one)
    const running = containers.filter(({ status }) => status === 'running').length
    return [one, `${counted(containers.length, 'container')}, ${running} up`, containers[0]?.directory ?? '']
  })
  columns(rows, '  ').forEach(note)
  if (!someoneIsThere()) throw new BadInput('say which of them', again)
  const answer = (await askLine('which one? ')) ?? ''
  if (projects.includes(answer)) return answer
  throw new BadInput(`there is no project ${answer || 'without a name'}`, again)
}

/** The plan and the override, or none of the two. */
async function writePlan(stack: Stack, out: string | undefined): Promise<readonly string[]> {
  const plan = `${stack.name}-restore`
  const folder = resolve(out ?? join('plans', plan))
  const override = 'restored.compose.yaml'
  const texts = {
    [join(folder, 'plan.yaml')]: planText(stack, { plan, override }),
    [join(folder, override)]: overrideText(stack),
  }
  const files = Object.keys(texts)
  const next = `add --out with another directory, or go on: reinstate check ${relative('', folder)}`
  const there = files.find((file) => existsSync(file))
  if (there !== undefined) throw new FileIsThere(relative('', there), next)
  for (const [file, text] of Object.entries(texts)) await writeFresh(file, text, next)
  return files
}
