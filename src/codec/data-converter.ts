import type { DataConverter } from '@temporalio/common'
import type { Config } from '../config.ts'
import { packageFolder } from '../config.ts'
import { readCodecKeys } from './keys.ts'
import { payloadCodec } from './payload-codec.ts'

/** How each client of Temporal writes and reads payloads. */
export function clientConverter({ codecKeys }: Pick<Config, 'codecKeys'>): DataConverter {
  return { payloadCodecs: [payloadCodec(codecKeys)] }
}

/**
 * The same for a worker, with the workflow bundle that fits it. Where there are codec keys, messages and stacks of failures
 * are payloads too. The sandbox of workflows cannot read files, so this is decided by the choice of the bundle.
 * @throws KeyRefused
 */
export function workerConverter(config: Pick<Config, 'codecKeys'>): {
  readonly dataConverter: DataConverter
  readonly bundle: string
} {
  const dataConverter = clientConverter(config)
  if (readCodecKeys(config.codecKeys.file) === undefined)
    return { dataConverter, bundle: packageFolder('dist', 'workflow-bundle.js') }
  return {
    dataConverter: { ...dataConverter, failureConverterPath: packageFolder('dist', 'failure-converter.cjs') },
    bundle: packageFolder('dist', 'workflow-bundle-encrypted.js'),
  }
}
