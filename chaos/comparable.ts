/** What two machines with the same past differ in: their names and keys, and what is random wherever it is made. */
const OF_ONE_MACHINE =
  /^file (\/etc\/(hosts|hostname|resolv\.conf|ssh\/ssh_host_\S+)|\S*\/\.ssh\/authorized_keys) /
const TOKEN = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/**
 * A fingerprint as it can be held against another machine's: without that machine's names and keys, without the ids of
 * containers and of images that a run kept. What is in a volume is left out: a database's files hold times, a proxy's
 * hold certificates; their rows are compared.
 */
export function comparable(fingerprint: string): string {
  const lines = fingerprint.replaceAll(TOKEN, 'TOKEN').split('\n')
  return lines
    .filter((line) => !OF_ONE_MACHINE.test(line))
    .map((line) =>
      line
        .replace(/^(container .*?) \| id [0-9a-f]+/, '$1')
        .replace(/^image [0-9a-f]+ \| tags (reinstate-kept\/.*)/, 'image kept | tags $1')
        .replace(/^(volume .*?) \| contents .*/, '$1'),
    )
    .toSorted()
    .join('\n')
}
