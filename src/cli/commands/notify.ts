import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { Option } from 'commander'
import { readConfig } from '../../config.ts'
import { locateTemporal, pageOf } from '../../embedded/connection.ts'
import { readChannels } from '../../notifications/channels.ts'
import { messageOf, textOf } from '../../notifications/message.ts'
import { openNotifier } from '../../notifications/notifier.ts'
import { exampleNotice } from '../../notifications/example.ts'
import type { NoticeEvent } from '../../workflows/notices.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { columns } from '../rendering/columns.ts'
import { print } from '../terminal.ts'

const EVENTS = [
  'started',
  'waits',
  'reopened',
  'reminder',
  'rolling-back',
  'failed',
  'done',
] as const satisfies readonly NoticeEvent[]

interface Options {
  readonly event: NoticeEvent
  readonly dryRun?: boolean
}

export function define(command: Command): void {
  command
    .argument('<action>', 'list (the channels, and what every run sends), or test')
    .argument('[channel]', 'for test: a channel of notify.yaml')
    .addOption(
      new Option('--event <event>', 'for test: the event of the message').choices(EVENTS).default('waits'),
    )
    .option('--dry-run', 'for test: prints the text and sends nothing')
    .addHelpText('after', '\nExample:\n  reinstate notify test ops')
    .action(async (action: string, channel: string | undefined, options: Options) => {
      if (action === 'list') await list(readConfig().notify)
      else if (action === 'test' && channel !== undefined) await test(channel, options)
      else
        throw new BadInput(
          action === 'test' ? 'test needs a channel' : `"${action}" is neither list nor test`,
          'reinstate notify list',
        )
      process.exitCode = exitCodes.done
    })
}

/** With its secrets: what is missing for a delivery is found here. */
async function list(file: string): Promise<void> {
  const { channels, runs } = await readChannels(file)
  if (channels.size === 0) return print([`no channels: there is no ${file}, or it names none`])
  const rows = [...channels].map(([name, channel]) => {
    const sent = runs.find((one) => one.channel === name)
    return [name, Object.keys(channel).join(), sent ? sent.on.join(', ') : 'only for plans that name it']
  })
  print(columns([['CHANNEL', 'KIND', 'OF EVERY RUN'], ...rows]))
}

/** @throws NotDelivered */
async function test(channel: string, { event, dryRun = false }: Options): Promise<void> {
  const config = readConfig()
  const { ui, namespace } = await locateTemporal(config)
  const notice = exampleNotice(event, { id: randomUUID(), at: new Date().toISOString() })
  const link = pageOf({ ui, namespace }, notice.run)
  const message = messageOf(notice, { now: new Date(), link })
  if (dryRun) return print([message.subject, '', ...textOf(message).split('\n')])
  const { channels } = await readChannels(config.notify)
  if (!channels.has(channel))
    throw new BadInput(
      `${config.notify} has no channel "${channel}"; channels: ${[...channels.keys()].join(', ') || 'none'}`,
      'reinstate notify list',
    )
  const answer = await openNotifier({ file: config.notify, pageOf: () => link }).deliver(channel, notice)
  print([`sent to ${channel}: it answered ${answer}`])
}
