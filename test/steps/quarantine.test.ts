import { beforeEach, describe, expect, it } from 'vitest'
import { quarantine } from '../../src/steps/quarantine/index.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await must('umount /srv/mounted /root/crm/data 2> /dev/null || :')
  await stage.clear()
  await must(`rm -rf /root/crm /root/.reinstate-quarantine /etc/systemd/system/crm* /etc/cron.d/crm /var/spool/cron/crontabs /etc/apples.conf /usr/local/bin/crm
mkdir -p /root/crm/data /srv/other; echo precious > /root/crm/data/file; chmod 640 /root/crm/data/file; touch -d '2020-01-02 03:04:05.6' /root/crm`)
})

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(quarantine, { paths: ['/root/crm', '/srv/never'] })
const look = (fields = step) => quarantine.inspect(fields, stage.step().at())

async function setAside(bound: Bound) {
  const looked = await inspected(quarantine, step, bound.at())
  await quarantine.apply(step, looked.priorState, bound.at())
  return looked.priorState
}

describe('quarantine › inspect › a referenced path', () => {
  it.each([
    [
      'a running container mounts something in it',
      'docker run -d --name web -v /root/crm/data:/x testbed/nginx:1',
      'container web mounts /root/crm/data',
    ],
    [
      'a stopped container mounts it',
      'docker create --name old -v /root/crm:/x testbed/nginx:1',
      'container old mounts /root/crm',
    ],
    [
      'a container mounts what holds it',
      'docker create --name all -v /root:/x testbed/nginx:1',
      'container all mounts /root',
    ],
    [
      'a volume is made of it',
      'docker volume create -o type=none -o o=bind -o device=/root/crm/data crmdata',
      'container crmdata (a volume) mounts /root/crm/data',
    ],
    [
      'something is mounted in it',
      'mount --bind /srv/other /root/crm/data',
      'something is mounted at /root/crm/data',
    ],
    [
      'it is mounted elsewhere',
      'mkdir /srv/mounted; mount --bind /root/crm/data /srv/mounted',
      'it is mounted at /srv/mounted',
    ],
    ['a link leads to it', 'ln -s /root/crm/data /srv/link', 'the symbolic link /srv/link leads to it'],
    ['a relative link leads to it', 'ln -s ../root/crm /srv/link', 'the symbolic link /srv/link leads to it'],
    [
      'a link leads to it by another',
      'ln -s /root/crm /srv/other/a; ln -s other/a/data/file /srv/b',
      'the symbolic link /srv/b leads to it',
    ],
    [
      'a systemd unit names it',
      "printf '[Service]\\nExecStart=/root/crm/run --now\\n' > /etc/systemd/system/crm.service",
      'the systemd unit /etc/systemd/system/crm.service names it',
    ],
    [
      'a crontab of the system names it',
      "echo '* * * * * root cd /root/crm && ./backup' > /etc/cron.d/crm",
      'the crontab /etc/cron.d/crm names it',
    ],
    [
      "a user's crontab names it from home",
      "mkdir -p /var/spool/cron/crontabs; echo '* * * * * ~/crm/backup' > /var/spool/cron/crontabs/root",
      'the crontab /var/spool/cron/crontabs/root names it',
    ],
    [
      'a crontab names it by $HOME',
      "mkdir -p /var/spool/cron/crontabs; echo '* * * * * $HOME/crm/backup' > /var/spool/cron/crontabs/root",
      'the crontab /var/spool/cron/crontabs/root names it',
    ],
    [
      'a file in /etc names it',
      "echo 'root=/root/crm;' > /etc/apples.conf",
      'the file /etc/apples.conf names it',
    ],
  ])('is refused if %s, and the error names the reference', async (_, arrange, named) => {
    await must(`${arrange} > /dev/null`.replace(/(> \S+) > \/dev\/null$/, '$1'))
    await expect(look()).rejects.toThrow(`/root/crm: ${named}`)
    expect(await must('ls -d /root/crm/data')).toBe('/root/crm/data')
  })

  it('is refused if a Compose project was started from it', async () => {
    await must(
      `echo 'services: { web: { image: "testbed/nginx:1" } }' > /root/crm/compose.yml; cd /root/crm; docker compose -p crm create 2> /dev/null`,
    )
    await expect(look()).rejects.toThrow('container crm-web-1 of project crm was started from /root/crm')
  })

  it('is refused if it contains a protected path, also through a link', async () => {
    expect(quarantine.validate?.({ ...step, protect: ['/root/crm/data'] })).toContain(
      'what it protects: /root/crm/data',
    )
    expect(quarantine.validate?.({ ...step, protect: ['/root'] })).toContain('what it protects: /root')
    await must('ln -s /root/crm/data /backup/db')
    const fields = fieldsOf(quarantine, {
      paths: ['/root/crm'],
      protect: ['/backup/db'],
      searchUnder: ['/srv'],
    })
    await expect(look(fields)).rejects.toThrow('/root/crm: /backup/db is protected by the plan')
  })

  it('ignores references to paths with the same prefix, and links inside the path', async () => {
    await must(`mkdir /root/crm2; ln -s /root/crm2 /srv/link; echo /root/crm-old /root/crm2 /x/root/crmx > /etc/apples.conf
docker create --name web -v /root/crm2:/x -v /:/host:ro testbed/nginx:1 > /dev/null
ln -s /root/crm/data /root/crm/within; ln -s loop /srv/loop; ln -s nowhere /srv/broken`)
    expect(await look()).toMatchObject({
      deletions: [{ name: 'path /root/crm', entries: 4, bytes: 9 }],
    })
    await must('rmdir /root/crm2')
  })

  it('is refused if it, or its quarantine, is a symbolic link', async () => {
    await must('mv /root/crm /srv/real; ln -s /srv/real /root/crm')
    await expect(look()).rejects.toThrow('/root/crm, on the way to /root/crm, is a symbolic link')
    await must('rm /root/crm; mv /srv/real /root/crm; ln -s /srv /root/.reinstate-quarantine')
    await expect(look()).rejects.toThrow('/root/.reinstate-quarantine exists')
  })
})

describe('quarantine › an unreferenced path', () => {
  it('apply › keeps mode, owner, times and inode; verify names paths that did not exist', async () => {
    const bound = stage.step()
    const before = await must('stat -c "%a %u %.Y %i" /root/crm; stat -c "%a %.Y %i" /root/crm/data/file')
    await setAside(bound)
    const where = `/root/.reinstate-quarantine/${bound.mark.replaceAll('/', '.')}/crm`
    expect(await must(`stat -c "%a %u %.Y %i" ${where}; stat -c "%a %.Y %i" ${where}/data/file`)).toBe(before)
    expect((await quarantine.verify(step, bound.at())).facts).toEqual({
      setAside: ['/root/crm'],
      missing: ['/srv/never'],
    })
    await must('mkdir /root/crm')
    await expect(quarantine.verify(step, bound.at())).rejects.toThrow('/root/crm')
  })

  it('apply › fails if the path was replaced after the inspection', async () => {
    const bound = stage.step()
    const looked = await inspected(quarantine, step, bound.at())
    await must('rm -r /root/crm; mkdir /root/crm')
    await expect(quarantine.apply(step, looked.priorState, bound.at())).rejects.toThrow(
      'is not what was inspected',
    )
  })

  it.each([
    ['more entries', 'mkdir /root/crm/data/new', '4 entries and 9 bytes, which were 3 and 9'],
    ['more bytes', 'echo more >> /root/crm/data/file', '3 entries and 14 bytes, which were 3 and 9'],
  ])('apply › moves nothing if a path has %s than inspected', async (_, grow, said) => {
    const bound = stage.step()
    const fields = fieldsOf(quarantine, { paths: ['/srv/other', '/root/crm'] })
    const looked = await inspected(quarantine, fields, bound.at())
    await must(grow)
    await expect(quarantine.apply(fields, looked.priorState, bound.at())).rejects.toThrow(
      `${said}; nothing was moved`,
    )
    expect(await must('ls -d /srv/other /root/crm')).toBe('/root/crm\n/srv/other')
  })

  it('apply › moves a path that holds less than inspected', async () => {
    const bound = stage.step()
    const looked = await inspected(quarantine, step, bound.at())
    await must('rm /root/crm/data/file')
    await quarantine.apply(step, looked.priorState, bound.at())
    await quarantine.verify(step, bound.at())
  })

  it('undo › leaves the path in quarantine while its old place is taken, and restores it afterwards', async () => {
    const bound = stage.step()
    const priorState = await setAside(bound)
    await must('mkdir /root/crm; echo theirs > /root/crm/file')
    const [left] = await quarantine.undo(step, priorState, bound.at('undo-1'))
    expect(left).toMatchObject({ what: 'path /root/crm' })
    expect(left?.why).toContain('/root/.reinstate-quarantine/')
    expect(await must(`cat /root/crm/file ${left?.why.replace(/.* is /, '')}/data/file`)).toBe(
      'theirs\nprecious',
    )
    expect(quarantine.validate?.(fieldsOf(quarantine, { paths: ['/srv/a', '/srv/a/b'] }))).toContain(
      '/srv/a/b',
    )
  })
})
