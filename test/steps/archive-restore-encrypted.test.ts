import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/shell/secret.ts'
import { archiveRestore } from '../../src/steps/archive-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { tree } from './joins/archive-restore.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true, images: 'archives' })
const must = (script: string) => stage.testHost.must(script)
const PASSPHRASE = "canary pass'phrase $HOME"
const OTHER = 'canary-other-passphrase'

let ageKey: string
let gpgKey: string
beforeAll(async () => {
  await must(
    `${tree}
cd /srv; umask 077; mkdir -p gnupg; export GNUPGHOME=/srv/gnupg
tar -C /backup/made -czf - shop_db > plain.tar.gz; printf '%s' "$PASSPHRASE" > passphrase
gpg --batch --quiet --pinentry-mode loopback --passphrase-file passphrase -c -o /backup/p.tar.gz.gpg plain.tar.gz
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key backup@example.org rsa3072 encrypt never
gpg --batch --quiet --trust-model always -r backup@example.org -e -a -o /backup/k.tar.gz.asc plain.tar.gz
gpg --batch --export-secret-keys -a backup@example.org > secret.asc
age-keygen -o identity 2> /dev/null; age -r "$(age-keygen -y identity)" -o /backup/a.tar.gz.age plain.tar.gz
gpgconf --kill all`.replace('set -e', `set -e; PASSPHRASE='${PASSPHRASE.replace("'", `'\\''`)}'`),
  )
  ageKey = (await must('grep AGE-SECRET-KEY /srv/identity')).trim()
  gpgKey = await must('cat /srv/secret.asc')
  await must('rm -r /srv/*')
}, 120_000)

const stepOf = (archive: string, secrets: { readonly passphrase?: Secret; readonly key?: Secret }) => ({
  ...fieldsOf(archiveRestore, { archive: `/backup/${archive}`, from: 'shop_db', volume: 'fresh' }),
  ...secrets,
})

afterEach(() => must('docker volume rm -f fresh'))

/** Prints what an inspection left; /dev/shm also holds a file of the test bed. */
const NOTHING =
  "docker volume ls -q; ls -A /dev/shm | grep -v '^resident' || :; ls -d /tmp/tmp.* 2> /dev/null || :"

/** What is left of a key or a passphrase on the host: in a file, or in a process. */
const traces = (...texts: readonly string[]) =>
  must(`for text in ${texts.map((text) => `'${text.replaceAll("'", `'\\''`)}'`).join(' ')}; do
grep -rlF --exclude-dir 'resident.*' -e "$text" /root /srv /tmp /var/tmp /run /dev/shm /var/lib/reinstate 2> /dev/null || :
done; ls -A /dev/shm | grep -v '^resident' || :; ps -eo args | grep -F -e gpg-agent -e age | grep -v grep || :`)

describe('archive-restore › encrypted', () => {
  it.each([
    ['gpg with a passphrase', 'p.tar.gz.gpg', () => ({ passphrase: new Secret(PASSPHRASE) })],
    ['gpg for a key', 'k.tar.gz.asc', () => ({ key: new Secret(gpgKey) })],
    ['age', 'a.tar.gz.age', () => ({ key: new Secret(ageKey) })],
  ])('%s: restored and proven, and no trace of the secret is left', async (_name, file, secrets) => {
    const step = stepOf(file, secrets())
    const bound = stage.step({ secrets: Object.values(secrets()) })
    const { priorState } = await inspected(archiveRestore, step, bound.at())
    await archiveRestore.apply(step, priorState, bound.at())
    await archiveRestore.verify(step, bound.at())
    expect(
      await must(
        'rsync -aHAXn --delete --itemize-changes /backup/made/shop_db/ /var/lib/docker/volumes/fresh/_data/',
      ),
    ).not.toMatch(/^[<>ch*]/m)
    const lines = Object.values(secrets()).flatMap((secret) =>
      secret
        .reveal()
        .split('\n')
        .filter((line) => line.length > 20),
    )
    expect(await traces(...lines.slice(0, 3))).toBe('')
    expect(await archiveRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
  })

  it.each([
    ['no key for gpg', 'p.tar.gz.gpg', {}, 'is encrypted with gpg; name passphrase:'],
    ['no key for age', 'a.tar.gz.age', {}, 'is encrypted with age; name its identity in key:'],
    [
      'another passphrase',
      'p.tar.gz.gpg',
      { passphrase: new Secret(OTHER) },
      'cannot be decrypted: gpg: decryption failed',
    ],
    [
      'another identity',
      'a.tar.gz.age',
      { key: new Secret('AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ5WQ0SZ') },
      'cannot be decrypted: age',
    ],
    [
      'text instead of a private key',
      'k.tar.gz.asc',
      { key: new Secret(OTHER) },
      'is no private key that gpg imports',
    ],
  ])('%s: refused before anything is made', async (_name, file, secrets, says) => {
    const step = stepOf(file, secrets)
    await expect(archiveRestore.inspect(step, stage.step().at())).rejects.toThrow(says)
    expect(await must(NOTHING)).toBe('')
  })

  it.each([
    ['gpg', 'p.tar.gz.gpg'],
    ['age', 'a.tar.gz.age'],
  ])('cut off, or with a flipped byte: %s', async (_program, file) => {
    const secrets = file.endsWith('gpg')
      ? { passphrase: new Secret(PASSPHRASE) }
      : { key: new Secret(ageKey) }
    await must(`cd /backup; head -c $(($(stat -c %s ${file}) * 3 / 4)) ${file} > short; cp ${file} flipped
printf '\\252\\125' | dd of=flipped bs=1 seek=$(($(stat -c %s ${file}) / 2)) conv=notrunc status=none`)
    for (const broken of ['short', 'flipped'])
      await expect(archiveRestore.inspect(stepOf(broken, secrets), stage.step().at())).rejects.toThrow(
        /cannot be decrypted|is truncated or corrupt/,
      )
  })
})
