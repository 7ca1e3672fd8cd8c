import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { compareSides, dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchRedisOf, serverOptions } from '../shared/scratch-options.ts'
import {
  describeRestored,
  restoredEffects,
  restoredFields,
  restoredPlace,
  restoredProblem,
} from '../shared/restored-place.ts'
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
  ...restoredFields,
}

const AUDIT_SECONDS = 86_400

/**
 * Loads scratch copies of a backup and of a restored volume or directory into servers and compares them by the server's digest of all
 * keys and values. Writes to neither. Loads the append-only file where there is one, as a server does, else the snapshot; one
 * that breaks off is an error. The copies take both sizes on the engine's disk, and the data twice in memory.
 */
export const redisAudit = checkKind({
  kind: 'redis-audit',
  summary: 'A restored volume of Redis or Valkey loads, and holds exactly the keys and values of its backup',
  fields,
  timeoutMinutes: 240,

  oneOf: [['volume', 'path']],
  validate: restoredProblem,
  describe: (step) => `compare the keys of ${describeRestored(step)} with the backup ${step.backup}`,
  effects: restoredEffects,

  async inspect(step, host) {
    return (await dataAtRestBlockedOn('redis', step, host)) ?? {}
  },

  async verify({ backup, image, options, ...place }, host) {
    const other = describeRestored(place)
    const script = shellFile('redis-audit/verify.sh', {
      ...{ ...scratchRedisOf({ image, options }, host), backup },
      restored: restoredPlace(place)?.name ?? '',
    })
    const audit = question(script, { timeoutSeconds: AUDIT_SECONDS })
    const sides = { backup, other }
    const stdout = await compareSides(host, { name: 'audit', question: audit, ...sides })
    const found = readFacts(stdout, {
      ...{ databases: amount, keys: amount, expiring: amount, persistence: once },
      ...{ same: once, difference: many },
    })
    if (found.same !== 'yes')
      throw new StepNotVerified(
        `${other} does not equal the backup ${backup}`,
        // Names with control characters are not listed.
        found.difference.length > 0 ? found.difference : ['a key whose name is not text, or its value'],
      )
    const { databases, keys, expiring } = found
    return {
      summary:
        `${other} equals the backup ${backup}: ${countOf(keys, 'key')} in ${countOf(databases, 'database')}, ` +
        `${expiring} of them with an expiry, by the server's digest of every key and value, loaded from ${found.persistence}; ` +
        'not compared: times of expiry, functions, users, server configuration',
      strength: 'proven',
      facts: { databases, keys, expiring },
    }
  },
})
