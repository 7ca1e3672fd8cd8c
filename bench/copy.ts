import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Host } from '../src/host/host.ts'
import { question } from '../src/shell/command.ts'
import { sh } from '../src/shell/script.ts'
import { volumeRestore } from '../src/steps/volume-restore/index.ts'
import { fieldsOf, openStage } from '../testbed/step-stage.ts'
import type { Stage } from '../testbed/step-stage.ts'
import { median } from './finding.ts'
import type { Finding } from './finding.ts'
import { interleaved, timed } from './timed.ts'

const ROUNDS = 3
const MEBIBYTES = 512
const SMALL_FILES = 25_000

/** A verified copy into a fresh volume, compared with a copy that is only flushed to the disk. */
export async function measureCopy(tell: (line: string) => void): Promise<readonly Finding[]> {
  const stage = await openStage({ name: 'bench', disk: { at: '/srv/disk', mebibytes: 10 } })
  try {
    const large = `mkdir -p /backup/large && cd /backup/large && for n in $(seq 50); do head -c ${Math.floor((MEBIBYTES * 2 ** 20) / 50)} /dev/urandom > file-$n; done`
    const small = `mkdir -p /backup/small && cd /backup/small && for d in $(seq 250); do mkdir $d; head -c 409600 /dev/urandom | split -b 4096 - $d/part-; done`
    await stage.testHost.must(large)
    await stage.testHost.must(small)
    return [
      await ofTree(stage, { tree: 'large', what: `${MEBIBYTES} MiB in 50 files, copied and proven` }, tell),
      await ofTree(stage, { tree: 'small', what: `${SMALL_FILES} files of 4 KiB, copied and proven` }, tell),
      await sharingBlocks(stage),
      await fromDisk(stage),
      await cutOff(stage),
    ]
  } finally {
    await stage.close()
  }
}

async function ofTree(
  stage: Stage,
  { tree, what }: { readonly tree: string; readonly what: string },
  tell: (line: string) => void,
): Promise<Finding> {
  const from = `/backup/${tree}`
  const parts = { copy: [] as number[], proof: [] as number[] }
  const clear = () => stage.testHost.must('docker volume ls -q | xargs -r docker volume rm > /dev/null; sync')
  const figures = await interleaved(ROUNDS, {
    ours: async () => {
      await clear()
      const bound = stage.step()
      const step = fieldsOf(volumeRestore, { from, volume: 'restored' })
      const looked = await volumeRestore.inspect(step, bound.at())
      if ('blockedOn' in looked) throw new Error(looked.text)
      const copy = await timed(() => volumeRestore.apply(step, looked.priorState, bound.at(1)))
      const proof = await timed(() => volumeRestore.verify(step, bound.at(1)))
      parts.copy.push(copy)
      parts.proof.push(proof)
      return copy + proof
    },
    rsync: async () => {
      await clear()
      await stage.testHost.must('docker volume create plain > /dev/null')
      const host = stage.step().at()
      const script = sh`rsync -a ${from}/ /var/lib/docker/volumes/plain/_data/ && sync`
      return await timed(() => host.ask(question(script, { timeoutSeconds: 600 })))
    },
  })
  tell(`  ${tree}: copy ${median(parts.copy).toFixed(0)} ms, proof ${median(parts.proof).toFixed(0)} ms`)
  return {
    part: 'copy',
    what,
    ours: { value: median(figures.ours), unit: 'ms' },
    peer: { name: 'rsync -a and sync', value: median(figures.rsync), unit: 'ms' },
    goal: { atMost: 1.4 },
    note: 'both read from the page cache: that proves the copy, not the disk',
  }
}

/** A copy, without its proof, on a file system where files can share their blocks. */
async function sharingBlocks(stage: Stage): Promise<Finding> {
  await stage.testHost
    .must(`truncate -s 2G /srv/blocks.img && mkfs.btrfs -q /srv/blocks.img && mkdir -p /srv/blocks && mount -o loop /srv/blocks.img /srv/blocks
cp -a /backup/large /srv/blocks/backup`)
  const clear = () => stage.testHost.must('rm -rf /srv/blocks/data /srv/blocks/plain; sync')
  const figures = await interleaved(ROUNDS, {
    ours: async () => {
      await clear()
      const bound = stage.step()
      const step = fieldsOf(volumeRestore, { from: '/srv/blocks/backup', path: '/srv/blocks/data' })
      const looked = await volumeRestore.inspect(step, bound.at())
      if ('blockedOn' in looked) throw new Error(looked.text)
      return await timed(() => volumeRestore.apply(step, looked.priorState, bound.at(1)))
    },
    rsync: async () => {
      await clear()
      const host = stage.step().at()
      const script = sh`rsync -a /srv/blocks/backup/ /srv/blocks/plain/ && sync -f /srv/blocks`
      return await timed(() => host.ask(question(script, { timeoutSeconds: 600 })))
    },
  })
  await stage.testHost.must('umount /srv/blocks && rm /srv/blocks.img')
  return {
    part: 'copy',
    what: `${MEBIBYTES} MiB in 50 files, copied within one Btrfs`,
    ours: { value: median(figures.ours), unit: 'ms' },
    peer: { name: 'rsync -a and sync', value: median(figures.rsync), unit: 'ms' },
    goal: { atMost: 0.2 },
    note: 'without the proof, which reads both sides',
  }
}

/** The cost of reading the copy from the disk for the verification. */
async function fromDisk(stage: Stage): Promise<Finding> {
  const [from, volume] = ['/backup/large', 'read-back']
  const bound = stage.step()
  const step = (readBack: 'memory' | 'disk') => fieldsOf(volumeRestore, { from, volume, readBack })
  const looked = await volumeRestore.inspect(step('memory'), bound.at())
  if ('blockedOn' in looked) throw new Error(looked.text)
  await volumeRestore.apply(step('memory'), looked.priorState, bound.at(1))
  const proof = (readBack: 'memory' | 'disk') => () =>
    timed(() => volumeRestore.verify(step(readBack), bound.at(1)))
  const figures = await interleaved(ROUNDS, { disk: proof('disk'), memory: proof('memory') })
  return {
    part: 'copy',
    what: `the proof of ${MEBIBYTES} MiB, the copy read from the disk (readBack: disk)`,
    ours: { value: median(figures.disk), unit: 'ms' },
    peer: { name: 'read through the page cache', value: median(figures.memory), unit: 'ms' },
    note: 'at least nine tenths of it came from the disk, otherwise the proof fails',
  }
}

/** The part of a large file that is sent again after its copy was killed halfway. */
async function cutOff(stage: Stage): Promise<Finding> {
  const bytes = 200_000_000
  const { testHost } = stage
  await testHost.must(`mkdir -p /backup/one && head -c ${bytes} /dev/urandom > /backup/one/file; sync`)
  const bound = stage.step()
  const step = fieldsOf(volumeRestore, { from: '/backup/one', volume: 'cut-off' })
  const looked = await volumeRestore.inspect(step, bound.at())
  if ('blockedOn' in looked) throw new Error(looked.text)
  const { priorState } = looked
  const kill = testHost.must(
    `until [ "$(du -sB1 /var/lib/docker/volumes/cut-off/_data 2>/dev/null | cut -f 1)" -ge ${bytes / 2} ] 2>/dev/null; do sleep 0.01; done; pkill -KILL -x rsync`,
  )
  const ended = await volumeRestore.apply(step, priorState, bound.at(1)).then(
    () => 'ended before it could be killed',
    () => 'cut',
  )
  await kill
  if (ended !== 'cut') throw new Error(`the copy ${ended}`)
  await wait(100)
  const told: Answer[] = []
  const host = bound.at(2)
  const listening: Host = {
    ...host,
    run: async (...command) => {
      const answer = await host.run(...command)
      told.push(answer)
      return answer
    },
  }
  await volumeRestore.apply(step, priorState, listening)
  await volumeRestore.verify(step, bound.at(2))
  const [, literal] = /Literal data: (\d+) bytes/.exec(told.map(({ stdout }) => stdout).join('\n')) ?? []
  return {
    part: 'copy',
    what: 'sent again after a copy was killed halfway',
    ours: { value: (Number(literal) / bytes) * 100, unit: '%' },
    peer: { name: 'all of it', value: 100, unit: '%' },
    goal: { atMost: 0.55 },
  }
}
