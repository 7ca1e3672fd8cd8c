import { get } from 'node:http'
import { layDeployPlan, releaseUpToGate, releaseVersion } from '../testbed/deploy.ts'
import { openStage } from '../testbed/run-stage.ts'
import { median, type Finding } from './finding.ts'

const ROUNDS = 5
const EVERY_MS = 50

/**
 * The longest time without an answer for visitors who ask twenty times a second: from the approval until the run of `init --deploy`'s plan
 * is done, and while a new container is started and the proxy switched to it by hand, as Kamal does it.
 */
export async function measureRelease(tell: (line: string) => void): Promise<readonly Finding[]> {
  const stage = await openStage()
  try {
    const { must, httpPort } = stage.testHost
    const folder = await layDeployPlan(stage)
    await releaseVersion(stage, folder, { version: 'r0', live: 'none' })

    const byPlan: number[] = []
    const byHand: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const live = round === 1 ? 'shop-r0' : 'none'
      // What is built and tried before the gate has the processor, not the proxy.
      const { approve } = await releaseUpToGate(stage, folder, { version: `r${round}`, live })
      byPlan.push(await longestGap(httpPort(8080), approve))
      byHand.push(await longestGap(httpPort(8080), () => must(switchByHand(`hand${round}`))))
      tell(
        `  round ${round}: ${byPlan.at(-1)?.toFixed(0)} ms by the plan, ${byHand.at(-1)?.toFixed(0)} ms by hand`,
      )
    }
    return [
      {
        part: 'release',
        what: 'visitors without an answer while a release is switched',
        ours: { value: median(byPlan), unit: 'ms' },
        peer: { name: 'docker run and nginx -s reload by hand', value: median(byHand), unit: 'ms' },
        goal: { atMost: 1.1 },
        note: `twenty requests a second, ${ROUNDS} releases each, no failed request`,
      },
    ]
  } finally {
    await stage.close()
  }
}

/** Starts a container beside the live one, waits until it answers, and switches the proxy. */
function switchByHand(name: string): string {
  return `set -e
docker run -d --name ${name} --network shop nginx:1 > /dev/null
address=$(docker inspect --format '{{.NetworkSettings.Networks.shop.IPAddress}}' ${name})
until curl -fs -o /dev/null "http://$address/"; do sleep 0.1; done
printf 'server { listen 8080; location / { proxy_pass http://%s:80; } }\\n' "$address" > /srv/shop/proxy/app.conf
docker exec shop-base-proxy-1 nginx -s reload
sleep 1`
}

/** Asks twenty times a second, each time by a new connection. @throws Error for an answer other than 200 */
async function longestGap(port: number, work: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [performance.now(), 0]
  const failed: string[] = []
  const asked: Promise<void>[] = []
  const ask = () =>
    new Promise<void>((resolve) => {
      const fail = (why: string) => resolve(void failed.push(why))
      get({ host: '127.0.0.1', port, agent: false, timeout: 5000 }, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`)
          const now = performance.now()
          ;[longest, last] = [Math.max(longest, now - last), now]
          resolve()
        })
      })
        .once('timeout', () => fail('no answer in 5 s'))
        .once('error', ({ message }) => fail(message))
    })
  const timer = setInterval(() => asked.push(ask()), EVERY_MS)
  try {
    await work()
  } finally {
    clearInterval(timer)
    await Promise.all(asked)
  }
  if (failed.length > 0) throw new Error(`${failed.length} of ${asked.length} requests failed: ${failed[0]}`)
  return longest
}
