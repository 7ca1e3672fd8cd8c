import type { Temporal } from '../embedded/connection.ts'
import { workerIsUp } from '../embedded/worker-process.ts'
import type { Choice, Decision } from '../workflows/status.ts'
import { sendAnswer, signalAnswer } from './answer.ts'
import { sealed } from './deciding.ts'
import { BadInput, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { readStory } from './read-once.ts'
import { decisionLines } from './rendering/decision-lines.ts'
import { openDecisions } from './story.ts'
import { askLine, note, print, someoneIsThere } from './terminal.ts'

export interface Answering {
  readonly run: string
  /** Undefined: the only gate that is open. */
  readonly decision?: string
  readonly choice: string
  readonly by: string
  readonly seal?: string
  readonly reason?: string
}

/** Answers an open decision. An approval names the seal of what was seen: given, or just shown and agreed to. */
export async function takeDecision(temporal: Temporal, answering: Answering): Promise<ExitCode> {
  const { run, by, reason } = answering
  if (!(await workerIsUp(temporal)) && saysEverything(answering)) return await leaveWord(temporal, answering)
  const story = await readStory(temporal, run)
  const { decision, workflowId } = openOne(openDecisions(story), answering)
  const choice = choiceOf(decision, answering.choice)
  const seal = answering.seal ?? (await sealAgreedTo(run, decision, choice))
  const answer = { decision: decision.decision, choice, by, ...(seal === undefined ? {} : { seal }) }
  await sendAnswer(temporal, workflowId, { ...answer, ...(reason === undefined ? {} : { reason }) })
  note(`${decision.decision}: ${choice}, by ${by}\n  next: reinstate status ${run} --follow`)
  return exitCodes.done
}

type Complete = Answering & { readonly decision: string }

/** Nothing has to be looked up or shown to send it. */
function saysEverything(answering: Answering): answering is Complete {
  return answering.decision !== undefined && (answering.choice !== 'approve' || answering.seal !== undefined)
}

/** A signal needs no worker; whether the answer fits is found when one is up. */
async function leaveWord(temporal: Temporal, { run, choice, ...rest }: Complete): Promise<ExitCode> {
  // Held against the decision's own choices by the run.
  await signalAnswer(temporal, run, { ...rest, choice: choice as Choice })
  note(`no worker is up; the answer waits for one\n  next: reinstate worker, then: reinstate status ${run}`)
  return exitCodes.done
}

type Open = ReturnType<typeof openDecisions>[number]

function openOne(open: readonly Open[], { run, decision: wanted }: Answering): Open {
  const names = open.map(({ decision }) => decision.decision)
  const fitting = open.filter(({ decision }) =>
    wanted === undefined ? ['gate', 'attest'].includes(decision.kind) : decision.decision === wanted,
  )
  const [only] = fitting
  if (only && fitting.length === 1) return only
  const next = `reinstate status ${run}`
  if (names.length === 0) throw new BadInput(`${run} waits for no decision`, next)
  const what =
    wanted === undefined
      ? `${fitting.length === 0 ? 'nothing to approve is' : 'several things to approve are'} open`
      : `no decision ${wanted} is open`
  throw new BadInput(`${what} in ${run}; open: ${names.join(', ')}`, next)
}

function choiceOf({ decision, choices }: Decision, wanted: string): Choice {
  const known = choices.map(({ choice }) => choice)
  const choice = known.find((one) => one === wanted)
  if (choice === undefined)
    throw new BadInput(`${wanted} is no answer to ${decision}; it takes: ${known.join(', ')}`)
  return choice
}

async function sealAgreedTo(run: string, decision: Decision, choice: Choice): Promise<string | undefined> {
  const { seal } = sealed(decision, choice)
  if (seal === undefined) return undefined
  if (!someoneIsThere()) {
    throw new BadInput(
      'an approval names the seal of what it approves: --seal, as it is shown',
      `reinstate status ${run}`,
    )
  }
  print([...decisionLines(decision, new Date()), ''])
  if (/^y(es)?$/i.test((await askLine('approve this (yes or no)? ')) ?? '')) return seal
  throw new BadInput('not approved; the gate stays open', `reinstate status ${run}`)
}
