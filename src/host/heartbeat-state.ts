import type { Binding, HeartbeatDetails, Progress } from './host.ts'
import type { Position } from './frames.ts'

// Temporal keeps only the last heartbeat, and its SDK throttles them: more would be wasted work.
const INTERVAL_MS = 1000

/** The heartbeats of one activity attempt, and the state that the previous attempt left in them. */
export interface HeartbeatState {
  /** Tokens of commands that began and have not ended. */
  known(): readonly string[]
  /** The offset from which to read a command's output again, so that its last `keepBytes` are complete. */
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

  function send({ now }: { readonly now: boolean }): void {
    if (!now && Date.now() - last < INTERVAL_MS) return
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
      // Only from the previous attempt: a second call within this one sends its script again, to be compared.
      const known = resume?.offsets?.[token]
      if (known === undefined) return { begun: false, from: { out: 0, err: 0 } }
      const back = (offset: number): number => Math.max(0, offset - keepBytes)
      const from = { out: back(known.out), err: back(known.err) }
      offsets.set(token, from)
      return { begun: true, from }
    },
    begun(token, from) {
      offsets.set(token, from)
      send({ now: true })
    },
    read(token, stream, bytes) {
      const before = offsets.get(token) ?? { out: 0, err: 0 }
      offsets.set(token, { ...before, [stream]: before[stream] + bytes })
    },
    progress(read) {
      progress = read
      send({ now: false })
    },
    alive(since) {
      const changed = unreachableSince !== since?.toISOString()
      unreachableSince = since?.toISOString()
      send({ now: changed })
    },
    forget(token) {
      offsets.delete(token)
    },
  }
}
