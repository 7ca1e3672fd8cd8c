import { DefaultFailureConverter } from '@temporalio/common'
import type { FailureConverter } from '@temporalio/common'

class EncodedFailures extends DefaultFailureConverter {
  /** On a copy: Temporal's own converter writes into the failure, and an error that is thrown twice would lose its message. */
  override errorToFailure(...given: Parameters<FailureConverter['errorToFailure']>) {
    const [error, payloadConverter] = given
    const { message, stackTrace, ...failure } = this.errorToFailureInner(error, payloadConverter)
    const encodedAttributes = payloadConverter.toPayload({ message, stack_trace: stackTrace })
    return { ...failure, message: 'Encoded failure', stackTrace: '', encodedAttributes }
  }
}

/** Puts message and stack of a failure into a payload, for a codec to encrypt. */
export const failureConverter: FailureConverter = new EncodedFailures()
