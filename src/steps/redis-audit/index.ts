import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName, volumeName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { compareSides, dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchRedisOf, serverOptions } from '../shared/scratch-options.ts'
import { checkKind } from '../step-kind.ts'

const fields = {
  backup: absolutePath.meta({
    description: 'The data directory of the backup (dump.rdb, appendonlydir), or a directory that holds one',
  }),
  image: imageName.meta({
    description:
      "The image that serves scratch copies. It is on the host, and not older than the backup's server",
  }),
  options: serverOptions,
  volume: volumeName.meta({
    description: 'A restored volume that no container uses; the step serves a scratch copy of it',
  }),
}

const AUDIT_SECONDS = 86_400

/**
 * Loads scratch copies of a backup and of a restored volume into servers and compares them by the server's digest of all
 * keys and values. Writes to neither. Loads the append-only file where there is one, as a server does, else the snapshot; one
 * that breaks off is an error. The copies take both sizes on the engine's disk, and the data twice in memory.
 */
export const redisAudit = checkKind({
  kind: 'redis-audit',
  summary: 'A restored volume of Redis or Valkey loads, and holds exactly the keys and values of its backup',
  fields,
  timeoutMinutes: 240,

  describe: ({ volume, backup }) => `compare the keys of volume ${volume} with the backup ${backup}`,
  effects: ({ backup, image, volume }) => [
    { how: 'reads', what: 'path', name: backup },
    { how: 'reads', what: 'image', name: image },
    { how: 'reads', what: 'volume', name: volume },
  ],

  async inspect(step, host) {
    return (await dataAtRestBlockedOn('redis', step, host)) ?? {}
  },

  async verify({ backup, volume, image, options }, host) {
    const script = shellFile('redis-audit/verify.sh', {
      ...{ ...scratchRedisOf({ image, options }, host), backup, volume },
    })
    const audit = question(script, { timeoutSeconds: AUDIT_SECONDS })
    const sides = { backup, other: `volume ${volume}` }
    const stdout = await compareSides(host, { name: 'audit', question: audit, ...sides })
    const found = readFacts(stdout, {
      ...{ databases: amount, keys: amount, expiring: amount, persistence: once },
      ...{ same: once, difference: many },
    })
    if (found.same !== 'yes')
      throw new StepNotVerified(
        `volume ${volume} does not equal the backup ${backup}`,
        // Names with control characters are not listed.
        found.difference.length > 0 ? found.difference : ['a key whose name is not text, or its value'],
      )
    const { databases, keys, expiring } = found
    return {
      summary:
        `volume ${volume} equals the backup ${backup}: ${countOf(keys, 'key')} in ${countOf(databases, 'database')}, ` +
        `${expiring} of them with an expiry, by the server's digest of every key and value, loaded from ${found.persistence}; ` +
        'not compared: times of expiry, functions, users, server configuration',
      strength: 'proven',
      facts: { databases, keys, expiring },
    }
  },
})
