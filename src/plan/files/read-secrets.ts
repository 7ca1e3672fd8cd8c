import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { SecretMissing } from '../../errors.ts'
import { Secret } from '../../shell/secret.ts'
import { parseEnvFile } from './env-file.ts'
import { isFile, LIMIT_BYTES } from './on-disk.ts'

/**
 * The secrets that a plan requires, from an env file that only its owner can read.
 * @throws SecretMissing naming all that is wrong, never a value; never retried
 */
export async function readSecrets(
  file: string,
  require: readonly string[],
): Promise<ReadonlyMap<string, Secret>> {
  const { entries, problems } = parseEnvFile(readPrivately(file))
  const missing = require.filter((name) => !entries.get(name))
  const wrong = [
    ...problems.map(({ line, message }) => `line ${line} ${message}`),
    ...(missing.length === 0 ? [] : [`it has no value for ${missing.join(', ')}`]),
  ]
  if (wrong.length > 0) throw new SecretMissing(`the secrets file ${file} is not right: ${wrong.join('; ')}`)
  return new Map(require.map((name) => [name, new Secret(entries.get(name) ?? '')]))
}

function readPrivately(file: string): string {
  const next = 'write the secrets there as NAME=value, then: chmod 600'
  if (!isFile(file)) throw new SecretMissing(`there is no secrets file at ${file}; ${next} ${file}`)
  const handle = openSync(file, 'r')
  try {
    const { mode, size } = fstatSync(handle)
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new SecretMissing(
        `the secrets file ${file} can be read by others (mode ${shown}); chmod 600 ${file}`,
      )
    }
    if (size > LIMIT_BYTES)
      throw new SecretMissing(`the secrets file ${file} is larger than ${LIMIT_BYTES} bytes`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}
