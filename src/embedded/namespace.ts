import { Connection } from '@temporalio/client'
import { connect } from 'node:net'

/** The namespace of the embedded server. */
const NAMESPACE = 'default'
const SECONDS_OF_A_DAY = 86_400

/** Whether anything listens at the address. Cheaper than gRPC, which waits for its whole deadline. */
export function listens(address: string): Promise<boolean> {
  const url = new URL(`tcp://${address}`)
  const port = Number(url.port || 7233)
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: 3000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

/** Whether the server is up and knows its namespace; it listens earlier. */
export async function namespaceAnswers(address: string): Promise<boolean> {
  if (!(await listens(address))) return false
  try {
    await withConnection(address, (connection) =>
      connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
    )
    return true
  } catch {
    return false
  }
}

/** Whether a Temporal server answers at the address, whatever its namespaces. */
export async function temporalAnswers(address: string): Promise<boolean> {
  if (!(await listens(address))) return false
  return await withConnection(address, () => Promise.resolve()).then(
    () => true,
    () => false,
  )
}

/** Sets how long closed runs, and so their reports and rollbacks, are kept. */
export async function setRetention(address: string, days: number): Promise<void> {
  await withConnection(address, (connection) =>
    connection.workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl: { seconds: days * SECONDS_OF_A_DAY } as never },
    }),
  )
}

async function withConnection(
  address: string,
  use: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '3 seconds' })
  try {
    await connection.withDeadline(Date.now() + 3000, () => use(connection))
  } finally {
    await connection.close()
  }
}
