import { defaultPayloadConverter } from '@temporalio/common'
import type { LoadedDataConverter, Payload } from '@temporalio/common'
import { isEncrypted } from './payload-codec.ts'

/**
 * Decrypts, in place, each payload of a message that Temporal's API returned raw: events of a history, pending activities.
 * Puts the messages of failures back where they are without encryption. Returns the message. @throws PayloadUnreadable
 */
export async function reveal<Message>(message: Message, client: Converting): Promise<Message> {
  const found: Found = { payloads: [], failures: [] }
  collect(message, found)
  for (const codec of client.options.loadedDataConverter.payloadCodecs) {
    const encrypted = found.payloads.filter(isEncrypted)
    const decrypted = await codec.decode(encrypted)
    encrypted.forEach((payload, index) => Object.assign(payload, decrypted[index]))
  }
  found.failures.forEach(restoreFailure)
  return message
}

/** A client, or the one of a handle. */
interface Converting {
  readonly options: { readonly loadedDataConverter: LoadedDataConverter }
}

interface Found {
  readonly payloads: Payload[]
  readonly failures: EncodedFailure[]
}

/** Without waiting: a long history has some hundred thousand parts. */
function collect(message: unknown, found: Found): void {
  if (isEncodedFailure(message)) found.failures.push(message)
  for (const value of childrenOf(message)) {
    if (isPayload(value)) found.payloads.push(value)
    else collect(value, found)
  }
}

interface EncodedFailure {
  message?: string
  stackTrace?: string
  readonly encodedAttributes: Payload
}

function restoreFailure(message: EncodedFailure): void {
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
