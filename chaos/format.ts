import type { DrawnRun, PlannedFault, Turn } from './draw-run.ts'

/** Formats a drawn run on one line. */
export function formatBytes({ faults, faultsBack, turn, retries }: DrawnRun): string {
  return [
    `kill ${faults.map(faultWords).join(', ') || 'nothing'}`,
    ...(turn === undefined
      ? []
      : [turnWords(turn), `kill ${faultsBack.map(faultWords).join(', ')} during the rollback`]),
    ...(retries === 0 ? ['roll back at the first failure'] : []),
  ].join('; ')
}

function faultWords({ is, at, withTheOneBefore }: PlannedFault): string {
  return withTheOneBefore ? `${is} with it` : `${is} at ${Math.round(at * 100)} %`
}

function turnWords(turn: Turn): string {
  switch (turn.is) {
    case 'cancelled':
      return `cancel at ${Math.round(turn.at * 100)} %`
    case 'rejected':
      return `reject the gate of ${turn.gate}`
    case 'broken':
      return `a step of ${turn.phase} breaks`
    case 'done and rolled back':
      return 'roll back once it is done'
  }
}
