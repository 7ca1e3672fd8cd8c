/** The text of a notification, in the words of the run's page. Pure. */
import { decisionCommand } from '../workflows/answer-command.ts'
import { answersInOrder, needsApprover, needsDigest } from '../workflows/answers.ts'
import { unlockedLines, whenExpired } from '../workflows/details.ts'
import { clock } from '../workflows/impact.ts'
import type { Asked, Notice } from '../workflows/notices.ts'
import { approversText, quorumLines } from '../workflows/quorum.ts'
import { meaningOf } from '../workflows/run-states.ts'
import { capitalized, plainLines, sentence } from '../workflows/text.ts'

/** What people read, whatever the channel. */
export interface Message {
  /** One line. */
  readonly subject: string
  /** Sentences; an empty line between paragraphs. */
  readonly lines: readonly string[]
  /** To type, one to a line. */
  readonly commands: readonly string[]
  /** What the commands are for. */
  readonly commandsFor: string
  /** The page in the Temporal UI, if its address is known. */
  readonly link?: string
}

/** Later than this, a message says that it is late. */
const LATE_MINUTES = 10

/** Composes a message. `now`: the time of sending. */
export function messageOf(
  notice: Notice,
  { now, link }: { readonly now: Date; readonly link?: string },
): Message {
  const { title, plan, at } = notice
  const { subject, lines, commands, commandsFor } = partsOf(notice)
  return {
    subject,
    lines: [
      ...plainLines(lines),
      '',
      `Plan ${plan}: ${title}. Time of the event: ${clock(at)}.`,
      ...lateLines(at, now),
    ],
    commands,
    commandsFor,
    ...(link === undefined ? {} : { link }),
  }
}

/** The message as plain text, without its subject. */
export function textOf({ lines, commands, commandsFor, link }: Message): string {
  return [
    ...lines,
    ...(commands.length === 0
      ? []
      : ['', `${commandsFor}:`, '', ...commands.map((command) => `  ${command}`)]),
    ...(link === undefined ? [] : ['', `Its page: ${link}`]),
  ].join('\n')
}

type Parts = Omit<Message, 'link'>

function partsOf(notice: Notice): Parts {
  const { event, run, question } = notice
  if (question) return questionParts(notice, question)
  if (event === 'rolling-back') {
    const why = notice.why === undefined ? [] : [sentence(capitalized(notice.why))]
    return {
      subject: `${run} is being rolled back`,
      lines: [meaningOf('rolling-back').means, ...why],
      ...toFollow(run),
    }
  }
  if (notice.ended) return endParts(notice, notice.ended)
  return {
    subject: `${run} has started`,
    lines: ['The plan is read. The hosts are inspected next.'],
    ...toFollow(run),
  }
}

function toFollow(run: string): Pick<Parts, 'commands' | 'commandsFor'> {
  return { commands: [`reinstate status ${run}`], commandsFor: 'To see how far it is' }
}

function questionParts({ event, run, reminder }: Notice, asked: Asked): Parts {
  const { title, happened, impact, advice, since, expires, otherwise } = asked
  const waits = {
    reopened: 'asks again',
    reminder: `still waits (reminder ${reminder?.number ?? 1} of ${reminder?.of ?? 1})`,
  }[event as string]
  // An answer that quotes a digest comes from somebody who has read what the digest covers: the message does not hold all of it.
  const direct = answersInOrder(asked).filter(({ choice }) => !needsDigest(asked, choice))
  return {
    subject: `${run} ${waits ?? 'waits'}: ${title}`,
    lines: [
      happened,
      '',
      ...impact,
      ...quorumLines(asked).map((line) => sentence(capitalized(line))),
      ...whoMayAnswer(asked),
      ...unlockedLines(asked),
      `Waits since ${clock(since)}${expires === undefined ? '' : whenExpired(clock(expires), otherwise)}.`,
      '',
      `What its page says to do: ${advice.text}`,
      '',
      ...answersInOrder(asked).map(
        ({ choice, does }) => `${choice}${choice === advice.choice ? ' (recommended)' : ''}: ${does}`,
      ),
    ],
    commandsFor: 'To read all of it and to answer',
    commands: [`reinstate status ${run}`, ...direct.map(({ choice }) => decisionCommand(run, asked, choice))],
  }
}

function whoMayAnswer(asked: Asked): readonly string[] {
  const guarded = asked.choices.map(({ choice }) => choice).filter((choice) => needsApprover(asked, choice))
  if (guarded.length === 0) return ['Anyone may answer.']
  return [`Only these may answer ${guarded.join(', ')}: ${approversText(asked)}.`]
}

function endParts({ run }: Notice, ended: NonNullable<Notice['ended']>): Parts {
  const { state, detail, visitors, leftovers } = ended
  const { means, changes } = meaningOf(state)
  const isUndoable = changes === 'kept' && state !== 'done'
  return {
    subject: `${run} has ended: ${state}`,
    lines: [
      means,
      ...(detail === undefined ? [] : [sentence(capitalized(detail))]),
      ...(visitors === undefined ? [] : [visitors]),
      ...(leftovers === 0 ? [] : [`Left behind: ${leftovers}; the report lists them.`]),
    ],
    commandsFor: isUndoable ? 'To see how it ended, and to undo what it did' : 'To see how it ended',
    commands: [`reinstate report ${run}`, ...(isUndoable ? [`reinstate rollback ${run}`] : [])],
  }
}

function lateLines(at: string, now: Date): readonly string[] {
  const minutes = Math.floor((now.getTime() - Date.parse(at)) / 60_000)
  if (minutes < LATE_MINUTES) return []
  return [`Sent ${minutes} minutes after the event: read the present state before you act.`]
}
