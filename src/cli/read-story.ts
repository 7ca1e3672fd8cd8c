import type { Temporal } from '../embedded/connection.ts'
import type { RollBackResult } from '../workflows/messages.ts'
import type { PhaseStatus, RunStatus } from '../workflows/status.ts'
import { BadInput } from './exit-codes.ts'
import { readWorkflow } from './read-workflow.ts'
import type { Seen } from './read-workflow.ts'
import { asRolledBack, stepsOf, triesUpTo, withBeats } from './story.ts'
import type { PhaseOutline, PhaseStory, RollBackStory, Story } from './story.ts'

/** Reads one run again and again; phases that are closed are read once. */
export interface StoryReader {
  /** @throws BadInput where there is no such run; a gRPC error where no worker answers in five seconds. */
  readonly read: () => Promise<Story>
}

export function storyReader(temporal: Temporal, run: string): StoryReader {
  const closed = new Map<string, Seen<PhaseStatus>>()
  const readTry = async (workflowId: string) => {
    const known = closed.get(workflowId)
    if (known) return known
    const seen = await readWorkflow<PhaseStatus>(temporal, workflowId)
    if (seen?.endedAt !== undefined) closed.set(workflowId, seen)
    return seen
  }

  const readPhase = async (outline: PhaseOutline, answers: RunStatus['answers']): Promise<PhaseStory> => {
    const ids = outline.workflowId === undefined ? [] : triesUpTo(outline.workflowId)
    const tries = (await Promise.all(ids.map(readTry))).filter((seen) => seen !== undefined)
    const last = tries.at(-1)
    const steps = stepsOf(
      outline,
      tries.map(({ status }) => status),
      answers,
    )
    return {
      ...outline,
      steps: withBeats(steps, last?.beats ?? []),
      ...(tries[0] ? { startedAt: tries[0].startedAt } : {}),
      ...(last?.endedAt === undefined ? {} : { endedAt: last.endedAt }),
    }
  }

  const readRollBacks = async (): Promise<RollBackStory[]> => {
    const stories: RollBackStory[] = []
    for (let number = 1; ; number++) {
      const workflowId = `${run}/roll-back${number === 1 ? '' : `~${number}`}`
      const seen = await readWorkflow<RunStatus>(temporal, workflowId)
      if (!seen) return stories
      stories.push(toRollBack(workflowId, seen))
    }
  }

  const read = async (): Promise<Story> => {
    const seen = await readWorkflow<RunStatus>(temporal, run)
    if (!seen) throw new BadInput(`there is no run ${run}`, 'reinstate status')
    const { status, startedAt, endedAt, failure } = seen
    const [phases, rollBacks] = await Promise.all([
      Promise.all(status.phases.map((outline) => readPhase(outline, status.answers))),
      endedAt !== undefined || status.state === 'rolling-back' ? readRollBacks() : [],
    ])
    return {
      status,
      startedAt,
      phases: asRolledBack(phases, rollBacks),
      rollBacks,
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(failure ? { failure } : {}),
    }
  }
  return { read }
}

function toRollBack(
  workflowId: string,
  { status, startedAt, endedAt, failure, result }: Seen<RunStatus>,
): RollBackStory {
  return {
    workflowId,
    status,
    startedAt,
    // The result of `rollBack` or `rollBackRun`.
    undone: endedAt !== undefined && !failure ? (result as RollBackResult).undone : [],
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(failure ? { failure } : {}),
  }
}
