import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'
import { testbedFile } from './testbed-files.ts'
import { bakedFacts, containersNamed, type ContainerFacts, type VividwallsFacts } from './vividwalls-facts.ts'
import { LAY_FILES, LAY_NEIGHBOURS, LAY_OLD_STACK, WAIT_UNTIL_LAID } from './vividwalls-fixture.ts'
import { BACKUP, DOMAIN, IMAGES, LEGACY, OLD, SECRETS_IN, URLS } from './vividwalls-places.ts'
import { envFileText, OTHER_SECRETS } from './vividwalls-secrets.ts'
export type { VividwallsFacts } from './vividwalls-facts.ts'
export { VIVIDWALLS_PORTS } from './vividwalls-places.ts'

/**
 * Lays the broken VividWalls in /root/vivid_mas (443: n8n is 503, Supabase 502), its backups in /backup and
 * /root/vivid_mas_backup, what a clean-up finds, and two neighbours. For a test host on which nothing is laid yet,
 * started with VIVIDWALLS_PORTS where it is to be reached from this machine.
 */
export async function layVividwalls(testHost: TestHost): Promise<VividwallsFacts> {
  const { n8n, supabase, broken, ordersFile, secrets: baked } = await bakedFacts(testHost)
  const secrets = { ...baked, ...OTHER_SECRETS }
  const env = { DOMAIN, ...secrets }

  await testHost.must('mkdir -p /srv/neighbour && rm -rf /root/vivid_mas')
  await docker(['cp', testbedFile('stacks', 'vividwalls', 'old'), `${testHost.name}:${OLD.folder}`])
  await docker(['cp', `${testbedFile('stacks', 'neighbour')}/.`, `${testHost.name}:/srv/neighbour`])
  await testHost.must(`chown -R 0:0 /srv/neighbour ${OLD.folder}`)
  const files = testHost.must(LAY_FILES).then(() => testHost.must(LAY_NEIGHBOURS))
  await Promise.all([files, testHost.must(LAY_OLD_STACK, { env })])
  await testHost.must(WAIT_UNTIL_LAID, { env })

  return {
    ...{ domain: DOMAIN, urls: URLS, n8n, supabase, broken, ordersFile },
    ...{ images: IMAGES, backup: BACKUP, old: OLD, legacy: LEGACY },
    ...{ secrets, secretsIn: SECRETS_IN },
    credentials: envFileText({ SMTP_PASSWORD: OTHER_SECRETS.SMTP_PASSWORD }),
    masterEnv: envFileText(secrets),
    oldContainers: await containersNamed(testHost, 'vivid_'),
    neighbours: await containersNamed(testHost, 'neighbour'),
  }
}

/** Whether both neighbours still run, never having been stopped, started or replaced since they were laid. */
export async function neighboursAreUntouched(testHost: TestHost, facts: VividwallsFacts): Promise<boolean> {
  const running = await testHost.must("docker ps --filter name=neighbour --format '{{.Names}}'")
  const now = await containersNamed(testHost, 'neighbour')
  return Object.entries(facts.neighbours).every(
    ([name, { id, startedAt }]) =>
      running.split('\n').includes(name) && now[name]?.id === id && now[name].startedAt === startedAt,
  )
}

/** Two more neighbours: one that its engine starts again when it has died, with data of its own; one that it does not. */
export async function layMoreNeighbours(
  testHost: TestHost,
): Promise<Readonly<Record<string, ContainerFacts>>> {
  await testHost.must(`
docker volume create more_data > /dev/null
docker run -d --name ${MORE}_always --restart always -p 18083:80 -v more_data:/usr/share/nginx/html testbed/nginx:1
docker run -d --name ${MORE}_plain testbed/nginx:1
echo theirs > "$(docker volume inspect --format '{{.Mountpoint}}' more_data)/index.html"`)
  return await containersNamed(testHost, MORE)
}

/** Theirs and the first two: `name id state StartedAt`, by name. */
export async function neighboursNow(
  testHost: TestHost,
): Promise<
  Readonly<Record<string, { readonly id: string; readonly state: string; readonly startedAt: string }>>
> {
  const format = '{{.Name}} {{.Id}} {{.State.Status}} {{.State.StartedAt}}'
  const lines = await testHost.must(
    `docker inspect --format '${format}' $(docker ps -aq --filter name=neighbour)`,
  )
  return Object.fromEntries(
    lines.split('\n').map((line) => {
      const [name = '', id = '', state = '', startedAt = ''] = line.slice(1).split(' ')
      return [name, { id, state, startedAt }]
    }),
  )
}

/** What the neighbour with data of its own serves. @throws TestbedFailed where it does not answer */
export async function lastingPage(testHost: TestHost): Promise<string> {
  return await testHost.must('curl -sf --max-time 5 http://127.0.0.1:18083/')
}

const MORE = 'more_neighbour'
