import { defaultPayloadConverter } from '@temporalio/common'
import type { LoadedDataConverter, Payload, PayloadCodec } from '@temporalio/common'
import { isEncrypted } from './payload-codec.ts'

/**
 * Decrypts, in place, each payload of a message that Temporal's API returned raw: events of a history, pending activities.
 * Puts the messages of failures back where they are without encryption. Returns the message. @throws PayloadUnreadable
 */
export async function reveal<Message>(message: Message, client: Converting): Promise<Message> {
  for (const codec of client.options.loadedDataConverter.payloadCodecs) await decodeIn(message, codec)
  return message
}

/** A client, or the one of a handle. */
interface Converting {
  readonly options: { readonly loadedDataConverter: LoadedDataConverter }
}

async function decodeIn(message: unknown, codec: PayloadCodec): Promise<void> {
  for (const value of childrenOf(message)) {
    if (!isPayload(value)) await decodeIn(value, codec)
    else if (isEncrypted(value)) Object.assign(value, (await codec.decode([value]))[0])
  }
  restoreFailure(message)
}

interface EncodedFailure {
  message?: string
  stackTrace?: string
  readonly encodedAttributes: Payload
}

function restoreFailure(message: unknown): void {
  if (!isEncodedFailure(message)) return
  const attributes = defaultPayloadConverter.fromPayload<Record<string, unknown> | null>(
    message.encodedAttributes,
  )
  if (typeof attributes?.['message'] === 'string') message.message = attributes['message']
  if (typeof attributes?.['stack_trace'] === 'string') message.stackTrace = attributes['stack_trace']
}

function isEncodedFailure(message: unknown): message is EncodedFailure {
  return (
    typeof message === 'object' && message !== null && isPayload(Reflect.get(message, 'encodedAttributes'))
  )
}

function childrenOf(message: unknown): readonly unknown[] {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return []
  return Object.values(message)
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'data' in value
}
