import { execa } from 'execa'
import { z } from 'zod'
import { packageFolder } from '../src/config.ts'
import { startMachine } from './machines.ts'
import type { Finding } from './finding.ts'

const times = z.object({ oneMs: z.number(), atOnceMs: z.number() })
const figure = z.object({
  size: z.number(),
  atOnce: z.number(),
  bus: times,
  bare: times,
  sent: times,
  inline: times,
})

const BUILD =
  'docker build --quiet --network none --build-arg NODE=testbed/node:20 --build-arg NODE_BUILD=testbed/node-build:20'

/**
 * Messages of the message bus by size: written and read through the bus, against bare statements of pg with the same bytes; sent through the
 * daemon by id, against inline over the WebSocket to a daemon in mode `old`.
 */
export async function measureBus(tell: (line: string) => void): Promise<readonly Finding[]> {
  const machine = await startMachine({ images: 'apps' })
  try {
    const pipe =
      'tar -C "$1" --exclude node_modules --exclude dist -c app sql | docker exec -i "$2" tar -C /srv -x'
    await execa('sh', ['-c', pipe, 'sh', packageFolder('plans', 'message-bus'), machine.name])
    await machine.must(`cd /srv/app && ${BUILD} --target test -t tests . && docker network create bus
      docker run -d --name db --network bus -e POSTGRES_PASSWORD=of-a-test testbed/postgres:17
      timeout 60 sh -c 'until docker exec db pg_isready -q -h 127.0.0.1; do sleep 0.2; done'`)
    const stdout = await machine.must(
      `docker run --rm --network bus -v /srv/sql:/sql:ro -e BUS_SQL=/sql \
        -e DATABASE_URL=postgres://postgres:of-a-test@db/postgres tests node dist/test/bench.js`,
      { timeoutSeconds: 1200 },
    )
    return z
      .array(figure)
      .parse(JSON.parse(stdout))
      .flatMap((one) => findingsOf(one, tell))
  } finally {
    await machine.remove()
  }
}

function findingsOf(
  { size, atOnce, bus, bare, sent, inline }: z.output<typeof figure>,
  tell: (line: string) => void,
): readonly Finding[] {
  const name = size < 2 ** 20 ? `${size / 1024} KB` : `${size / 2 ** 20} MB`
  tell(
    `  ${name}: ${(1000 / bus.atOnceMs).toFixed(0)} messages a second through the bus, ${(1000 / bare.atOnceMs).toFixed(0)} by bare statements`,
  )
  const row = (what: string, ours: number, peer: Finding['peer'], goal?: Finding['goal']): Finding => ({
    part: 'bus',
    what: `a message of ${name}, ${what}`,
    ours: { value: ours, unit: 'ms' },
    peer,
    ...(goal && { goal }),
  })
  const ofPeer = (peer: string, value: number): Finding['peer'] => ({ name: peer, value, unit: 'ms' })
  const goal = { atMost: 1.3 }
  return [
    row('written and read', bus.oneMs, ofPeer('insert and select', bare.oneMs), goal),
    row(`each of ${atOnce} at once`, bus.atOnceMs, ofPeer('insert and select', bare.atOnceMs), goal),
    row('sent and acknowledged', sent.oneMs, ofPeer('inline over the WebSocket', inline.oneMs)),
  ]
}
