import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { parse } from 'yaml'
import { packageFolder } from '../src/config.ts'
import type { Answer } from './outer-docker.ts'
import { startTestHost } from './test-host.ts'
import type { TestHost, TestHostOptions } from './test-host.ts'

const COMPOSE_FILE = 'docker-compose.temporal.yml'
/** Where the repository is on the test host. */
export const FOLDER = '/opt/reinstate'

/** The images that docker-compose.temporal.yml names, by its names for them. */
export const productionImages = (
  parse(readFileSync(packageFolder(COMPOSE_FILE), 'utf8'), { merge: true }) as {
    readonly 'x-images': Readonly<Record<'postgres' | 'server' | 'admin-tools' | 'ui' | 'reinstate', string>>
  }
)['x-images']

/** docker-compose.temporal.yml on a test host, whose name in the inventory is `server`. */
export interface Production {
  readonly testHost: TestHost
  /** `scripts/temporal-up`. */
  readonly up: (words?: string) => Promise<Answer>
  /** `docker compose` on the file. */
  readonly compose: (words: string, timeoutSeconds?: number) => Promise<Answer>
  /** `reinstate`, in a container of its own with the certificate of people. */
  readonly cli: (words: string, timeoutSeconds?: number) => Promise<Answer>
  /** The state of a run. @throws Error with what the CLI said */
  readonly stateOf: (run: string) => Promise<string>
  /** Writes a plan into the mounted folder. */
  readonly plan: (name: string, yaml: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** Builds the image of this repository from the Dockerfile. @throws the failure of docker */
async function buildImage(): Promise<void> {
  const words = ['build', '-q', '--network', 'host', '-t', productionImages.reinstate, '.']
  // One test file builds it, the other one finds it built.
  const options = { cwd: packageFolder(), env: { DOCKER_BUILDKIT: '0' }, timeout: 900_000 }
  await execa('flock', ['testbed/temporal-images', 'docker', ...words], options)
}

/** Starts a test host with the images and the files; `scripts/temporal-up` has not run. @throws TestbedFailed */
export async function openProduction(options: Pick<TestHostOptions, 'disk'> = {}): Promise<Production> {
  await buildImage()
  const testHost = await startTestHost({ name: 'production', ...options })
  try {
    const images = Object.values(productionImages).join(' ')
    const pipe = `docker save ${images} | docker exec -i ${testHost.name} docker load`
    await execa('sh', ['-c', pipe], { stdin: 'ignore' })
    const files = `tar -cf - ${COMPOSE_FILE} Dockerfile .dockerignore scripts`
    const copy = `${files} | docker exec -i ${testHost.name} sh -c 'mkdir -p ${FOLDER} && tar -xf - -C ${FOLDER}'`
    await execa('sh', ['-c', copy], { cwd: packageFolder(), stdin: 'ignore' })
  } catch (error) {
    await testHost.remove()
    throw error
  }
  const compose: Production['compose'] = (words, timeoutSeconds = 300) =>
    testHost.exec(`cd ${FOLDER} && docker compose -f ${COMPOSE_FILE} ${words}`, { timeoutSeconds })
  const cli: Production['cli'] = (words, timeoutSeconds) =>
    compose(`run --rm -T cli ${words}`, timeoutSeconds)
  return {
    testHost,
    up: (words = '') =>
      testHost.exec(`cd ${FOLDER} && sh scripts/temporal-up ${words}`, { timeoutSeconds: 400 }),
    compose,
    cli,
    stateOf: async (run) => {
      const { stdout, stderr } = await cli(`status ${run} --json`)
      if (stdout === '') throw new Error(stderr)
      return (JSON.parse(stdout) as { readonly state: string }).state
    },
    plan: async (name, yaml) => {
      const folder = `${FOLDER}/production/worker/plans/${name}`
      await testHost.must(`mkdir -p ${folder} && cat > ${folder}/plan.yaml && chown -R 1000:1000 ${folder}`, {
        stdin: yaml,
      })
    },
    close: () => testHost.remove(),
  }
}

/** Names the test host in the inventory, and gives the worker a key for it. */
export async function nameServer({ testHost }: Production): Promise<void> {
  const folder = `${FOLDER}/production/worker`
  const inventory = `hosts:
  server:
    address: 10.200.0.1
    user: root
    key: ssh/id_ed25519
    hostKey: ${testHost.hostKey}
`
  await testHost.must(`cat > ${folder}/inventory.yaml`, { stdin: inventory })
  await testHost.must(
    `cp /run/testbed/client_key ${folder}/ssh/id_ed25519 && chown -R 1000:1000 ${folder} && chmod 600 ${folder}/ssh/id_ed25519`,
  )
}
