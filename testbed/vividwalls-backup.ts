import type { TestHost } from './test-host.ts'
import { flipByte } from './faults.ts'
import type { VividwallsFacts } from './vividwalls-facts.ts'

/**
 * Makes a second copy of /backup in which one byte of n8n's orders is another; size and mtime are as they were, and the
 * manifest is that of the good one. Answers the copy's folder and the file that is wrong.
 */
export async function flipByteInBackup(
  testHost: TestHost,
  facts: VividwallsFacts,
  folder = '/backup_flipped',
): Promise<{ readonly folder: string; readonly file: string }> {
  const env = { FROM: facts.backup.folder, TO: folder }
  await testHost.must('set -eu; [ ! -e "$TO" ]; cp -a -- "$FROM" "$TO"', { env })
  const file = `${facts.backup.n8nVolume.replace(facts.backup.folder, folder)}/${facts.ordersFile}`
  await flipByte(testHost, file)
  return { folder, file }
}
