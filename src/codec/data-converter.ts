import type { Client } from '@temporalio/client'
import type { DataConverter, PayloadCodec } from '@temporalio/common'
import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { readCodecKeys } from './keys.ts'
import { CodecKeyUnknown, payloadCodec } from './payload-codec.ts'

/** How each client of Temporal writes and reads payloads. */
export function clientConverter({ codecKeys }: Pick<Config, 'codecKeys'>): DataConverter {
  return { payloadCodecs: [payloadCodec(codecKeys)] }
}

/**
 * The same for a worker, with the workflow bundle that fits it. Where there are codec keys, messages and stacks of failures
 * are payloads too. The sandbox of workflows cannot read files, so this is decided by the choice of the bundle.
 * `keyUnknown` is called for each activity that another worker encrypted with a key that this one does not have.
 * @throws KeyRefused
 */
export function workerConverter(
  config: Pick<Config, 'codecKeys'>,
  keyUnknown: (error: CodecKeyUnknown) => void,
): {
  readonly dataConverter: DataConverter
  readonly bundle: string
} {
  const dataConverter = { payloadCodecs: [watched(payloadCodec(config.codecKeys), keyUnknown)] }
  if (readCodecKeys(config.codecKeys.file) === undefined)
    return { dataConverter, bundle: packageFolder('dist', 'workflow-bundle.js') }
  return {
    dataConverter: { ...dataConverter, failureConverterPath: packageFolder('dist', 'failure-converter.cjs') },
    bundle: packageFolder('dist', 'workflow-bundle-encrypted.js'),
  }
}

/** One page of Temporal's list: the start of a worker must not grow with the number of open runs. */
const MOST_READ = 1000

/**
 * Reads what the newest open workflows of the task queue show in lists. @throws CodecKeyUnknown if one of them is encrypted with
 * a key that the client does not have. That of an older one ends the worker at its first activity.
 */
export async function refuseUnknownKeys(client: Client, taskQueue: string): Promise<void> {
  try {
    const query = `TaskQueue = "${taskQueue}" AND ExecutionStatus = "Running"`
    const open = client.workflow.list({ query })[Symbol.asyncIterator]()
    for (let read = 0; read < MOST_READ && (await open.next()).done !== true; read += 1);
  } catch (error) {
    // What else fails here, such as a payload that was changed, must keep no worker from starting.
    if (error instanceof CodecKeyUnknown) throw error
  }
}

/** Only workers write the payloads of activities; an answer can come from anybody. */
function watched(codec: PayloadCodec, keyUnknown: (error: CodecKeyUnknown) => void): PayloadCodec {
  return {
    encode: codec.encode,
    decode: async (payloads, context) => {
      try {
        return await codec.decode(payloads)
      } catch (error) {
        if (context?.type === 'activity' && error instanceof CodecKeyUnknown) keyUnknown(error)
        throw error
      }
    },
  }
}
