import { defaultPayloadConverter } from '@temporalio/common'
import type { PayloadConverter } from '@temporalio/common'

/**
 * Temporal's own converter, but a payload that it cannot read is `undefined`. Anybody who reaches Temporal can send a
 * signal or a start of an unknown encoding or of broken JSON; an error there would fail every workflow task from then on.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: <Value>(payload: Parameters<PayloadConverter['fromPayload']>[0]): Value => {
    try {
      return defaultPayloadConverter.fromPayload<Value>(payload)
    } catch {
      // Every input of a stranger is validated; what the project's own workers send can be read.
      return undefined as Value
    }
  },
}
