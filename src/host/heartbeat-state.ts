import type { HeartbeatDetails, Binding, Progress } from './host.ts'
import type { Position } from './frames.ts'

// Temporal keeps only the last beat, and the SDK holds beats back by itself; more often is only work.
const BETWEEN_BEATS_MS = 1000

/** The heartbeats of one attempt: puts together what they tell, and knows what the attempt before told last. */
export interface HeartbeatState {
  /** Tokens that are known to have begun, and are not done. */
  known(): readonly string[]
  /** From where to read a command's output again, so that its last `keepBytes` are complete. */
  resume(token: string, keepBytes: number): { readonly begun: boolean; readonly from: Readonly<Position> }
  begun(token: string, from: Readonly<Position>): void
  read(token: string, stream: 'out' | 'err', bytes: number): void
  progress(progress: Progress): void
  alive(unreachableSince?: Date): void
  forget(token: string): void
}

export function heartbeatState({ beat, resume }: Pick<Binding, 'beat' | 'resume'>): HeartbeatState {
  const offsets = new Map(Object.entries(resume?.offsets ?? {}))
  let progress = resume?.progress
  let unreachableSince: string | undefined
  let last = 0

  function tell({ now }: { readonly now: boolean }): void {
    if (!now && Date.now() - last < BETWEEN_BEATS_MS) return
    last = Date.now()
    const details: HeartbeatDetails = {
      ...(progress === undefined ? {} : { progress }),
      ...(unreachableSince === undefined ? {} : { unreachableSince }),
      offsets: Object.fromEntries(offsets),
    }
    beat(details)
  }

  return {
    known: () => [...offsets.keys()],
    resume(token, keepBytes) {
      // Only what the attempt before saw: a second call within this one brings its script along, to be compared.
      const known = resume?.offsets?.[token]
      if (known === undefined) return { begun: false, from: { out: 0, err: 0 } }
      const back = (offset: number): number => Math.max(0, offset - keepBytes)
      const from = { out: back(known.out), err: back(known.err) }
      offsets.set(token, from)
      return { begun: true, from }
    },
    begun(token, from) {
      offsets.set(token, from)
      tell({ now: true })
    },
    read(token, stream, bytes) {
      const before = offsets.get(token) ?? { out: 0, err: 0 }
      offsets.set(token, { ...before, [stream]: before[stream] + bytes })
    },
    progress(read) {
      progress = read
      tell({ now: false })
    },
    alive(since) {
      const changed = unreachableSince !== since?.toISOString()
      unreachableSince = since?.toISOString()
      tell({ now: changed })
    },
    forget(token) {
      offsets.delete(token)
    },
  }
}
